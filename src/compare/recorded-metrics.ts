import { EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import type { SearchPart } from '../domain/capacity.ts'
import type { RecordedMetric, RecordedMetrics } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { SecondBucket, SeriesData } from '../domain/measurement.ts'
import { type RecordedMetricId, REQUEST_METRICS, type RequestMetricId } from '../domain/metric.ts'
import { infiniteCount, outputTokensPerSecond, qps, unansweredCount } from '../domain/series-rates.ts'
import { normalQuantile } from '../stats/normal.ts'
import { poissonInterval } from '../stats/poisson.ts'
import { estimateShare } from '../stats/proportion.ts'
import { estimatePercentile } from '../stats/quantile-interval.ts'
import { secondNoise } from './second-noise.ts'

/** Half the width of a 95 % interval in standard errors. */
const INTERVAL_Z = normalQuantile(0.975)

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
  /** The seconds of a whole load: they tell how alike neighbouring requests were. */
  readonly buckets?: readonly SecondBucket[]
}

/**
 * What history keeps of a measurement or of a part of it: microseconds, events per second, shares, with 95 % intervals.
 * Percentiles rank requests without a good answer as +infinity, as claims do. A percentile that falls on one has no
 * number and is left out (JSON has no infinity): the error rate tells. A bound that does not exist is `null`. So are
 * values of 0 but the error rate's left out: nothing was measured. Intervals are widened by what the requests of
 * neighbouring seconds have in common, where the seconds are given.
 */
export function recordedMetrics({ series, plan, buckets }: Recorded): RecordedMetrics {
  const noise = buckets === undefined ? null : secondNoise(buckets)
  const median = inflation(percentileOf(series, 'latency', 50), noise?.median)
  const tail = inflation(percentileOf(series, 'latency', 99), noise?.tail)
  const rate = inflation(qpsOf(series), noise?.rate)
  const metrics: [RecordedMetricId, RecordedMetric | null][] = [
    ...PERCENTILES.map(([id, p]): [RecordedMetricId, RecordedMetric | null] => [
      `${id}.p${p}`,
      widened(percentileOf(series, id, p), p > 90 ? tail : median),
    ]),
    ['qps', widened(qpsOf(series), rate)],
    ['outputTokensPerSecond', widened(tokenRateOf(series), rate)],
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
  const reach = Math.exp((INTERVAL_Z * Math.sqrt(tokens.sumOfSquares)) / tokens.sum)
  return { value, lower: value / reach, upper: value * reach, n: tokens.n }
}

function errorRateOf(series: SeriesData): RecordedMetric | null {
  const { attempted } = series.outcomes
  if (attempted === 0) return null
  const { value, interval, n } = estimateShare(unansweredCount(series), attempted)
  return { value, lower: interval[0], upper: interval[1], n }
}

/** By how much the variance that seconds show is above the one that the interval tells; 1 where it is not, or unknown. */
function inflation(metric: RecordedMetric | null, seconds: number | null | undefined): number {
  if (metric === null || seconds == null || metric.lower === null || metric.upper === null) return 1
  const own = (Math.log(metric.upper / metric.lower) / (2 * INTERVAL_Z)) ** 2
  return own > 0 ? Math.max(1, seconds / own) : 1
}

/** Both ends further off by the root of a factor of variance, on the scale of logarithms. */
function widened(metric: RecordedMetric | null, factor: number): RecordedMetric | null {
  if (metric === null || factor === 1) return metric
  const { value, lower, upper } = metric
  const moved = (end: number | null): number | null =>
    end === null || end <= 0 ? end : value * (end / value) ** Math.sqrt(factor)
  return { ...metric, lower: moved(lower), upper: moved(upper) }
}

function finite(value: number | undefined): number | null {
  return value === undefined || value === Infinity ? null : value
}
