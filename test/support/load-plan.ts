import { type ArrivalsPlan, type LoadPlan, type ProfilePlan, type UsersPlan } from '../../src/domain/load-plan.ts'
import { NOTHING_WATCHED } from '../../src/domain/monitor-plan.ts'
import type { HttpScenarioPlan } from '../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../src/domain/transport-plan.ts'

export const SECOND = 1_000_000

/** A GET of one address with generous time limits. */
export function httpScenario(url: string, changes: Partial<HttpScenarioPlan> = {}): HttpScenarioPlan {
  return {
    kind: 'http',
    name: 'get',
    method: 'GET',
    url,
    headers: {},
    body: null,
    templated: false,
    data: [],
    timeout: { connectUs: 5e6, headersUs: 5e6, chunkUs: 5e6, totalUs: 10e6 },
    maxRedirects: 0,
    expectStatus: null,
    check: null,
    transport: PLAIN_TRANSPORT,
    ...changes,
  }
}

/** Open load with one step. */
export function arrivals(ratePerSecond: number, durationUs: number, changes: Partial<ArrivalsPlan> = {}): ArrivalsPlan {
  return {
    executor: 'constant-arrival-rate',
    steps: [{ ratePerSecond, durationUs, rampUs: 0 }],
    arrivals: 'uniform',
    maxUsers: 100,
    maxQueue: null,
    ...changes,
  }
}

/** Closed load with one step. */
export function users(count: number, durationUs: number, changes: Partial<UsersPlan> = {}): UsersPlan {
  return {
    executor: 'constant-vus',
    steps: [{ users: count, durationUs, rampUs: 0 }],
    spawnRatePerSecond: null,
    thinkTime: null,
    ...changes,
  }
}

/** A whole plan around a profile. */
export function loadPlan(profile: ProfilePlan, changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    id: 'load',
    label: '',
    scenario: httpScenario('http://127.0.0.1:1/'),
    profile,
    warmup: { kind: 'duration', durationUs: 0 },
    cooldownUs: 0,
    gracefulStopUs: 5 * SECOND,
    generators: 1,
    seed: 1,
    slo: null,
    onLostGenerator: 'invalid',
    abortOn: [],
    alerts: [],
    monitors: NOTHING_WATCHED,
    onInvalid: 'fail',
    onInconclusive: 'warn',
    ...changes,
  }
}
