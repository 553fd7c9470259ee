import type { SearchPart } from '../../src/domain/capacity.ts'
import type { Distribution } from '../../src/domain/distribution.ts'
import type { Reference } from '../../src/domain/history.ts'
import { type LoadPlan, type ProfilePlan } from '../../src/domain/load-plan.ts'
import {
  type MeasurementData,
  type OutcomeCounts,
  type SeriesData,
  type StepData,
} from '../../src/domain/measurement.ts'
import { NOTHING_WATCHED } from '../../src/domain/monitor-plan.ts'
import type { DistributionId } from '../../src/domain/metric.ts'
import { PLAIN_TRANSPORT } from '../../src/domain/transport-plan.ts'
import { VALID, validityOf } from '../../src/domain/validity.ts'
import type { Validity } from '../../src/domain/validity.ts'
import type { ExpectationRecord } from '../../src/domain/verdict.ts'
import { attachContext } from '../../src/matchers/context.ts'
import { Measurement } from '../../src/measure/measurement.ts'

/** Builders of measurements for tests: every part has a sensible default and may be replaced. */

/** A distribution of exactly these values, in the order given or not. */
export function distributionOf(values: readonly number[]): Distribution {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const distinct = [...counts.keys()].sort((a, b) => a - b)
  return {
    values: distinct,
    counts: distinct.map((value) => counts.get(value)!),
    n: values.length,
    min: distinct[0] ?? 0,
    max: distinct.at(-1) ?? 0,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumOfSquares: values.reduce((sum, value) => sum + value * value, 0),
  }
}

/** `n` values evenly spread from `low` to `high`, both included. */
export function spread(n: number, low: number, high: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.round(low + ((high - low) * i) / Math.max(1, n - 1)))
}

export interface SeriesParts {
  /** Latencies of good requests, microseconds. @default 600 from 50 to 110 ms */
  readonly latencies?: readonly number[]
  readonly outcomes?: Partial<OutcomeCounts>
  readonly windowUs?: number
  readonly outputTokens?: number
  readonly outputTokensWithinSlo?: number
  /** Further distributions beside latency and service time. */
  readonly distributions?: Readonly<Partial<Record<DistributionId, readonly number[]>>>
  readonly completedWithinSlo?: number
}

/** A series whose counts agree with each other. */
export function series(parts: SeriesParts = {}): SeriesData {
  const latencies = parts.latencies ?? spread(600, 50_000, 110_000)
  const outcomes: OutcomeCounts = {
    good: latencies.length,
    failedByKind: {},
    dropped: 0,
    missed: 0,
    withinSlo: null,
    attempted: 0,
    ...parts.outcomes,
  }
  const failed = Object.values(outcomes.failedByKind).reduce((sum, count) => sum + count, 0)
  const attempted = outcomes.good + failed + outcomes.dropped + outcomes.missed
  const recorded: Partial<Record<DistributionId, readonly number[]>> = {
    latency: latencies,
    serviceTime: latencies.map((us) => us - 1_000),
    ...parts.distributions,
  }
  const distributions = Object.fromEntries(
    Object.entries(recorded).flatMap(([id, values]) =>
      values === undefined || values.length === 0 ? [] : [[id, distributionOf(values)]],
    ),
  )
  return {
    windowUs: parts.windowUs ?? 60e6,
    outcomes: { ...outcomes, attempted },
    events: {
      sent: outcomes.good + failed,
      completed: outcomes.good,
      failed,
      completedWithinSlo: parts.completedWithinSlo ?? 0,
      outputTokens: parts.outputTokens ?? 0,
      outputTokensWithinSlo: parts.outputTokensWithinSlo ?? 0,
      inputTokens: 0,
      inputChars: 0,
      audioUs: 0,
      bytesReceived: outcomes.good * 100,
    },
    distributions,
  }
}

/** 10 requests per second for a minute. */
export const TEN_PER_SECOND: ProfilePlan = {
  executor: 'constant-arrival-rate',
  steps: [{ ratePerSecond: 10, durationUs: 60e6, rampUs: 0 }],
  arrivals: 'poisson',
  maxUsers: 1000,
  maxQueue: null,
}

/** 20 users for a minute. */
export const TWENTY_USERS: ProfilePlan = {
  executor: 'constant-vus',
  steps: [{ users: 20, durationUs: 60e6, rampUs: 0 }],
  spawnRatePerSecond: null,
  thinkTime: null,
}

export function plan(parts: Partial<LoadPlan> = {}): LoadPlan {
  return {
    id: '01JD00000000000000000LOAD1',
    label: '',
    scenario: {
      kind: 'http',
      name: 'chat',
      method: 'GET',
      url: 'http://127.0.0.1:1/',
      headers: {},
      body: null,
      templated: false,
      data: [],
      timeout: { connectUs: 1e6, headersUs: 1e6, chunkUs: 1e6, totalUs: 1e6 },
      maxRedirects: 0,
      expectStatus: null,
      check: null,
      transport: PLAIN_TRANSPORT,
    },
    profile: TEN_PER_SECOND,
    warmup: { kind: 'duration', durationUs: 5e6 },
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
    ...parts,
  }
}

/** A step of `series`, as fast as asked. */
export function step(
  index: number,
  ratePerSecond: number | null,
  data: SeriesData,
  users: number | null = null,
): StepData {
  return {
    index,
    ratePerSecond,
    users,
    startUs: index * 60e6,
    endUs: (index + 1) * 60e6,
    series: data,
    validity: VALID,
  }
}

export function measurementData(parts: Partial<MeasurementData> = {}): MeasurementData {
  const whole = parts.series ?? series()
  return {
    schema: 'perf/measurement@1',
    runId: '01JD0000000000000000000RUN',
    specId: { file: 'chat.perf.ts', path: ['gateway', 'holds 10 qps'], label: '' },
    plan: plan(),
    startedAt: '2025-11-22T02:52:00.000Z',
    totalUs: 66e6,
    series: whole,
    requests: {},
    promptClasses: {},
    promptOffset: null,
    checks: {},
    steps: [step(0, 10, whole)],
    warmup: { attempted: 0, good: 0, failedByKind: {}, dropped: 0, missed: 0, withinSlo: null },
    firstLatencyUs: null,
    buckets: [],
    events: [],
    gaps: [],
    watched: [],
    alerts: [],
    health: [],
    errors: [],
    tokenSource: null,
    validity: VALID,
    ...parts,
  }
}

/** Late generator: nothing may be judged. */
export const INVALID: Validity = validityOf([
  {
    cause: 'generator-late',
    severity: 'invalid',
    message: 'pacer lag p99 14 ms is over 2 ms',
    advice: 'use more generators',
  },
])

/** Judged, but marked. */
export const SUSPECT: Validity = validityOf([
  {
    cause: 'drift',
    severity: 'suspect',
    message: 'latency rose during the window',
    advice: 'warm up longer',
  },
])

/** A reference without any earlier run. */
export function reference(parts: Partial<Reference> = {}): Reference {
  return {
    fingerprint: { hard: { cpu: 'x' }, soft: {}, hardHash: 'abc' },
    baseline: null,
    otherBaseline: null,
    history: [],
    update: 'new',
    notes: [],
    ...parts,
  }
}

/** A measurement as the load fixture hands it out, with what its matchers recorded. */
export function measured(
  parts: Partial<MeasurementData> = {},
  ofSpec: Reference = reference(),
): { readonly run: Measurement; readonly records: ExpectationRecord[] } {
  const run = new Measurement(measurementData(parts))
  const records: ExpectationRecord[] = []
  attachContext(run, { reference: ofSpec, record: (record) => records.push(record) })
  return { run, records }
}

/** The answer of a search by rate, as a part of a plan. */
export function answerAt(level: number, firstFailing: number | null): SearchPart {
  const question = { by: 'rate', arrivals: 'uniform', limits: { percentiles: [], errorRate: 0.01, goodFraction: null } }
  return { role: 'answer', progress: 'trial 9 of about 9', by: 'rate', level, firstFailing, question }
}
