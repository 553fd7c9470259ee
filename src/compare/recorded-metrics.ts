import { EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import type { SearchPart } from '../domain/capacity.ts'
import type { RecordedMetric, RecordedMetrics } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { type RecordedMetricId, REQUEST_METRICS, type RequestMetricId } from '../domain/metric.ts'
import { infiniteCount, outputTokensPerSecond, qps, unansweredCount } from '../domain/series-rates.ts'
import { normalQuantile } from '../stats/normal.ts'
import { poissonInterval } from '../stats/poisson.ts'
import { estimateShare } from '../stats/proportion.ts'
import { estimatePercentile } from '../stats/quantile-interval.ts'

/** Percentiles that history keeps. */
const PERCENTILES: readonly (readonly [RequestMetricId, number])[] = [
  ['latency', 50],
  ['latency', 90],
  ['latency', 99],
  ['ttft', 50],
  ['ttft', 99],
  ['tpot', 50],
  ['timeToFirstAudio', 50],
  ['realTimeFactor', 50],
]

/** A measurement or a part of it; the plan tells whether it is the answer of a search. */
interface Recorded {
  readonly series: SeriesData
  readonly plan?: LoadPlan
}

/**
 * What history keeps of a measurement or of a part of it: microseconds, events per second, shares, with 95 % intervals.
 * Percentiles rank requests without a good answer as +infinity, as claims do. A percentile that falls on one has no
 * number and is left out (JSON has no infinity): the error rate tells. A bound that does not exist is `null`. So are
 * values of 0 but the error rate's left out: nothing was measured.
 */
export function recordedMetrics({ series, plan }: Recorded): RecordedMetrics {
  const metrics: [RecordedMetricId, RecordedMetric | null][] = [
    ...PERCENTILES.map(([id, p]): [RecordedMetricId, RecordedMetric | null] => [
      `${id}.p${p}`,
      percentileOf(series, id, p),
    ]),
    ['qps', qpsOf(series)],
    ['outputTokensPerSecond', tokenRateOf(series)],
    ['errorRate', errorRateOf(series)],
    ...capacityOf(series, plan?.part),
  ]
  return Object.fromEntries(metrics.filter(([, metric]) => metric !== null)) as RecordedMetrics
}

/** The answer of a search, with the bracket that it ended with; where nothing failed the answer is all that is known. */
function capacityOf(series: SeriesData, part: SearchPart | undefined): [RecordedMetricId, RecordedMetric][] {
  if (part?.role !== 'answer') return []
  const { by, level, firstFailing } = part
  const metric = { value: level, lower: level, upper: firstFailing ?? level, n: series.outcomes.attempted }
  return [[by === 'rate' ? 'capacity' : 'userCapacity', metric]]
}

function percentileOf(series: SeriesData, id: RequestMetricId, p: number): RecordedMetric | null {
  const distribution = series.distributions[id] ?? EMPTY_DISTRIBUTION
  if (distribution.n === 0) return null
  const { value, interval, n } = estimatePercentile(distribution, infiniteCount(series, id), p)
  if (value === null || value <= 0 || value === Infinity) return null
  const { scale } = REQUEST_METRICS[id]
  const upper = finite(interval?.[1])
  return {
    value: value / scale,
    lower: interval === null ? null : interval[0] / scale,
    upper: upper === null ? null : upper / scale,
    n,
  }
}

function qpsOf(series: SeriesData): RecordedMetric | null {
  const value = qps(series)
  const { completed } = series.events
  if (value === null || completed <= 0) return null
  const [lower, upper] = poissonInterval(completed)
  return { value, lower: (lower * value) / completed, upper: (upper * value) / completed, n: completed }
}

/**
 * Tokens come in bunches of one request each: a compound Poisson sum, whose relative variance is
 * sum(x^2) / sum(x)^2 over the requests' token counts.
 */
function tokenRateOf(series: SeriesData): RecordedMetric | null {
  const value = outputTokensPerSecond(series)
  const tokens = series.distributions.outputTokens
  if (value === null || value <= 0) return null
  if (tokens === undefined || tokens.sum === 0) return { value, lower: null, upper: null, n: 0 }
  const reach = Math.exp((normalQuantile(0.975) * Math.sqrt(tokens.sumOfSquares)) / tokens.sum)
  return { value, lower: value / reach, upper: value * reach, n: tokens.n }
}

function errorRateOf(series: SeriesData): RecordedMetric | null {
  const { attempted } = series.outcomes
  if (attempted === 0) return null
  const { value, interval, n } = estimateShare(unansweredCount(series), attempted)
  return { value, lower: interval[0], upper: interval[1], n }
}

function finite(value: number | undefined): number | null {
  return value === undefined || value === Infinity ? null : value
}
