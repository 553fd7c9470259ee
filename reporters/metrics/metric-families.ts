import type { LoadNumbers, LoadSummary, PercentileSummary } from '../../src/domain/perf-meta.ts'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { verdictOfTest } from '../verdict-word.ts'

/** Unit of a family: as names of Prometheus end with it, and as OTLP writes it, after UCUM. */
export interface FamilyUnit {
  readonly suffix: string
  readonly ucum: string
}

/** Quantiles of one load, in the family's unit. */
export interface QuantileValue {
  readonly count: number
  readonly sum: number
  /** By quantile, from 0 to 1; 1 is the maximum. */
  readonly quantiles: readonly (readonly [quantile: number, value: number])[]
}

/** One series of a family. */
export interface FamilyPoint<Value = number | QuantileValue> {
  readonly labels: Readonly<Record<string, string>>
  readonly value: Value
  /** ISO 8601: when its load began; `null` for what belongs to no load. */
  readonly since: string | null
}

/** What monitoring systems call a metric: a name, its unit, what it means, and a value for each load. */
export type MetricFamily = {
  /** Without prefix and unit: `latency`. */
  readonly name: string
  /** `null` for counts of what the name tells. */
  readonly unit: FamilyUnit | null
  readonly help: string
} & (
  | { readonly kind: 'gauge'; readonly points: readonly FamilyPoint<number>[] }
  | { readonly kind: 'summary'; readonly points: readonly FamilyPoint<QuantileValue>[] }
)

const SECONDS: FamilyUnit = { suffix: 'seconds', ucum: 's' }
const RATIO: FamilyUnit = { suffix: 'ratio', ucum: '1' }
const perSecond = (what: string): FamilyUnit => ({ suffix: `${what}s_per_second`, ucum: `{${what}}/s` })

interface SummaryOf extends About {
  readonly of: (numbers: LoadNumbers) => PercentileSummary | null
  /** What its numbers are multiplied with to be in the unit. */
  readonly scale: number
}

interface GaugeOf extends About {
  readonly of: (load: LoadSummary) => number | null
}

const SUMMARIES: readonly SummaryOf[] = [
  {
    name: 'latency',
    unit: SECONDS,
    help: 'From the intended start to the last byte, good requests',
    of: (n) => n.latency,
    scale: 1e-6,
  },
  {
    name: 'service_time',
    unit: SECONDS,
    help: 'From the first byte sent to the last received, good requests',
    of: (n) => n.serviceTime,
    scale: 1e-6,
  },
  {
    name: 'time_to_first_token',
    unit: SECONDS,
    help: 'To the first token, good requests',
    of: (n) => n.ttft,
    scale: 1e-6,
  },
  {
    name: 'time_per_output_token',
    unit: SECONDS,
    help: 'Per token after the first, good requests',
    of: (n) => n.tpot,
    scale: 1e-6,
  },
  {
    name: 'inter_chunk_latency',
    unit: SECONDS,
    help: 'Between pieces of a stream, good requests',
    of: (n) => n.interChunkLatency,
    scale: 1e-6,
  },
  {
    name: 'real_time_factor',
    unit: RATIO,
    help: 'Time per second of audio: below 1 is faster than it plays',
    of: (n) => n.audio?.realTimeFactor ?? null,
    scale: 1,
  },
]

const GAUGES: readonly GaugeOf[] = [
  { name: 'good', unit: perSecond('request'), help: 'Good answers by the measured time', of: (l) => l.numbers.qps },
  {
    name: 'goodput',
    unit: perSecond('request'),
    help: 'Answers within every limit of the SLO by the measured time',
    of: (l) => l.numbers.goodput,
  },
  {
    name: 'within_slo',
    unit: RATIO,
    help: 'Requests within the SLO of those attempted',
    of: (l) => l.numbers.goodFraction,
  },
  {
    name: 'error',
    unit: RATIO,
    help: 'Failed, dropped and missed requests of those attempted',
    of: (l) => l.numbers.errorRate,
  },
  {
    name: 'output',
    unit: perSecond('token'),
    help: 'Tokens generated for good requests by the measured time',
    of: (l) => l.numbers.outputTokensPerSecond,
  },
  {
    name: 'speech',
    unit: perSecond('character'),
    help: 'Characters spoken by the measured time',
    of: (l) => l.numbers.audio?.charactersPerSecond ?? null,
  },
  {
    name: 'capacity',
    unit: perSecond('request'),
    help: 'Highest arrival rate at which a search found its limits kept',
    of: (l) => l.metrics.capacity?.value ?? null,
  },
  {
    name: 'capacity_users',
    unit: null,
    help: 'Highest number of users at which a search found its limits kept',
    of: (l) => l.metrics.userCapacity?.value ?? null,
  },
  { name: 'window', unit: SECONDS, help: 'Length of the measured windows', of: (l) => l.numbers.windowUs / 1e6 },
]

/**
 * What a run measured as families of metrics. Of invalid loads there are the state and the counts of requests and no
 * numbers: a dashboard has no place for the reason why they say nothing.
 */
export function metricFamilies(report: RunReport): readonly MetricFamily[] {
  const { project } = report
  const loads = report.results.flatMap(({ loads }) => loads)
  const valid = loads.filter(({ validity }) => validity.state !== 'invalid')
  const requests = valid.flatMap((load) => load.requests.map(({ name, numbers }) => ({ load, name, numbers })))
  return [
    ...SUMMARIES.map(({ of, scale, ...family }) =>
      summary(
        project,
        family,
        valid.map((load) => [load, {}, quantileValue(of(load.numbers), scale)]),
      ),
    ),
    summary(
      project,
      { name: 'request_latency', unit: SECONDS, help: 'Latency of one named request or part of a mix' },
      requests.map(({ load, name, numbers }) => [load, { request: name }, quantileValue(numbers.latency, 1e-6)]),
    ),
    ...GAUGES.map(({ of, ...family }) =>
      gauge(
        project,
        family,
        valid.map((load) => [load, {}, of(load)]),
      ),
    ),
    gauge(
      project,
      { name: 'requests', unit: null, help: 'Requests that were due in the measured windows, by what became of them' },
      loads.flatMap((load) => outcomes(load).map(([outcome, count]) => [load, { outcome }, count] as const)),
    ),
    gauge(
      project,
      { name: 'failures', unit: null, help: 'Failed requests by kind' },
      loads.flatMap((load) =>
        Object.entries(load.numbers.outcomes.failedByKind).map(([kind, count]) => [load, { kind }, count] as const),
      ),
    ),
    gauge(
      project,
      { name: 'validity', unit: null, help: 'Whether the numbers of a load may be judged: 1 at its state' },
      loads.flatMap((load) =>
        ['valid', 'suspect', 'invalid'].map(
          (state) => [load, { state }, Number(load.validity.state === state)] as const,
        ),
      ),
    ),
    {
      name: 'verdict',
      unit: null,
      help: 'What a test amounts to: 1 at its verdict',
      kind: 'gauge',
      points: onePerSeries(report.results.flatMap((result) => verdicts(result, report))),
    },
    {
      name: 'run_end_timestamp',
      unit: SECONDS,
      help: 'When the run ended, seconds since 1970',
      kind: 'gauge',
      points: [{ labels: { project }, value: Date.parse(report.endedAt) / 1000, since: null }],
    },
  ].filter(({ points }) => points.length > 0) as MetricFamily[]
}

/** A value of a load, `null` where it has none, and its labels beside those of the load. */
type Entry<Value> = readonly [load: LoadSummary, labels: Readonly<Record<string, string>>, value: Value | null]
type About = Pick<MetricFamily, 'name' | 'unit' | 'help'>

function gauge(project: string, about: About, entries: readonly Entry<number>[]): MetricFamily {
  return { ...about, kind: 'gauge', points: points(project, entries) }
}

function summary(project: string, about: About, entries: readonly Entry<QuantileValue>[]): MetricFamily {
  return { ...about, kind: 'summary', points: points(project, entries) }
}

function points<Value>(project: string, entries: readonly Entry<Value>[]): FamilyPoint<Value>[] {
  return onePerSeries(
    entries.flatMap(([load, labels, value]) =>
      value === null ? [] : [{ labels: { ...labelsOf(load, project), ...labels }, value, since: load.startedAt }],
    ),
  )
}

function labelsOf({ specId }: Pick<LoadSummary, 'specId'>, project: string): Record<string, string> {
  const { file, path, label } = specId
  return { project, file, test: path.join(' > '), ...(label === '' ? {} : { load: label }) }
}

function outcomes({ numbers }: LoadSummary): (readonly [string, number])[] {
  const { good, dropped, missed, failedByKind } = numbers.outcomes
  const failed = Object.values(failedByKind).reduce((sum, count) => sum + count, 0)
  return Object.entries({ good, failed, dropped, missed })
}

function verdicts(result: SpecResult, { project }: RunReport): FamilyPoint<number>[] {
  const specId = (result.loads[0] ?? result.searches[0])?.specId
  const found = verdictOfTest(result)
  if (specId === undefined || found === null) return []
  const labels = labelsOf({ specId: { ...specId, label: '' } }, project)
  return ['pass', 'weak', 'fail', 'inconclusive', 'invalid'].map((verdict) => ({
    labels: { ...labels, verdict },
    value: Number(verdict === found),
    since: null,
  }))
}

function quantileValue(numbers: PercentileSummary | null, scale: number): QuantileValue | null {
  if (numbers === null || numbers.n === 0) return null
  const { n, mean, p50, p90, p95, p99, max } = numbers
  const quantiles = [
    [0.5, p50],
    [0.9, p90],
    [0.95, p95],
    [0.99, p99],
    [1, max],
  ] as const
  return { count: n, sum: scaled(mean * n, scale), quantiles: quantiles.map(([q, value]) => [q, scaled(value, scale)]) }
}

/** 0.0801, not 0.08009999: readers see these numbers. */
function scaled(value: number, scale: number): number {
  return scale === 1 ? value : value / Math.round(1 / scale)
}

/** A test that was tried again, and tests of one name, have the same labels: readers refuse a series that comes twice. */
function onePerSeries<Value>(points: readonly FamilyPoint<Value>[]): FamilyPoint<Value>[] {
  return [...new Map(points.map((point) => [JSON.stringify(point.labels), point])).values()]
}
