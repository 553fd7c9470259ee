import { type Distribution, EMPTY_DISTRIBUTION } from '../../../src/domain/distribution.ts'
import { type ArrivalsPlan, type LoadPlan, type ProfilePlan } from '../../../src/domain/load-plan.ts'
import { NOTHING_WATCHED } from '../../../src/domain/monitor-plan.ts'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { BucketDelta, GeneratorDelta, SeriesDelta } from '../../../src/pool/protocol.ts'

/** A distribution of whole numbers. */
export function distributionOf(values: readonly number[]): Distribution {
  if (values.length === 0) return EMPTY_DISTRIBUTION
  const distinct = [...new Set(values)].sort((a, b) => a - b)
  return {
    values: distinct,
    counts: distinct.map((value) => values.filter((one) => one === value).length),
    n: values.length,
    min: distinct[0]!,
    max: distinct.at(-1)!,
    sum: values.reduce((total, value) => total + value, 0),
    sumOfSquares: values.reduce((total, value) => total + value * value, 0),
  }
}

export function arrivals(...rates: readonly number[]): ArrivalsPlan {
  return {
    executor: rates.length === 1 ? 'constant-arrival-rate' : 'ramping-arrival-rate',
    steps: rates.map((ratePerSecond) => ({ ratePerSecond, durationUs: 10e6, rampUs: 0 })),
    arrivals: 'uniform',
    maxUsers: 100,
    maxQueue: null,
  }
}

export function users(count: number): ProfilePlan {
  return {
    executor: 'constant-vus',
    steps: [{ users: count, durationUs: 10e6, rampUs: 0 }],
    spawnRatePerSecond: null,
    thinkTime: null,
  }
}

export function plan(profile: ProfilePlan = arrivals(50), overrides: Partial<LoadPlan> = {}): LoadPlan {
  return {
    id: '01LOAD',
    label: '',
    scenario: { kind: 'module', name: 'shop', source: 'file:///shop.ts', params: null, bundle: null },
    profile,
    warmup: { kind: 'duration', durationUs: 2e6 },
    cooldownUs: 0,
    gracefulStopUs: 30e6,
    generators: 1,
    seed: 1,
    slo: null,
    onLostGenerator: 'invalid',
    abortOn: [],
    alerts: [],
    monitors: NOTHING_WATCHED,
    onInvalid: 'fail',
    onInconclusive: 'warn',
    ...overrides,
  }
}

export function delta(seq: number, overrides: Partial<GeneratorDelta> = {}): GeneratorDelta {
  return {
    kind: 'delta',
    index: 0,
    seq,
    atUs: (seq + 1) * 1e6,
    final: false,
    series: [],
    buckets: [],
    usersActive: 0,
    queued: 0,
    inFlight: 0,
    cpuShare: 0.1,
    loopDelay: null,
    rssBytes: 1e8,
    clockOffsetUs: 0,
    errors: [],
    checks: [],
    paced: [],
    firstGoodLatencyUs: null,
    windows: [],
    ...overrides,
  }
}

export function series(overrides: Partial<SeriesDelta> = {}): SeriesDelta {
  return {
    window: 0,
    request: 'shop',
    level: 'iteration',
    outcomes: NO_OUTCOMES,
    distributions: {},
    tokenSources: [],
    ...overrides,
  }
}

export function bucket(second: number, overrides: Partial<BucketDelta> = {}): BucketDelta {
  return {
    second,
    window: 0,
    request: 'shop',
    level: 'iteration',
    sent: 0,
    completed: 0,
    failed: 0,
    completedWithinSlo: 0,
    outputTokens: 0,
    outputTokensWithinSlo: 0,
    inputTokens: 0,
    inputChars: 0,
    audioUs: 0,
    bytesReceived: 0,
    attempted: 0,
    good: 0,
    withinSlo: 0,
    unsent: 0,
    latency: null,
    ...overrides,
  }
}
