import type { Distribution } from './distribution.ts'
import type { Labels } from './metric-selector.ts'

/** One series of a target's own metrics. */
export interface TargetSeries {
  readonly name: string
  readonly labels: Labels
}

/** How much a counter grew. */
export interface CounterTotal extends TargetSeries {
  readonly grown: number
}

/** How many observations fell between bounds, as a Prometheus histogram tells it; a summary has no bounds. */
export interface BucketTotal extends TargetSeries {
  /** Upper ends, ascending, without infinity, in the metric's own unit. */
  readonly bounds: readonly number[]
  /** Of each bucket alone; one more than bounds, for what is over the last. */
  readonly counts: readonly number[]
  readonly n: number
  /** Of all observations, in the metric's own unit. */
  readonly sum: number
}

/** Values that a target sent one by one: a timer of StatsD. */
export interface ValueTotal extends TargetSeries {
  /** In the metric's own unit; a value that was sampled counts as often as it stands for. */
  readonly distribution: Distribution
}

/**
 * What a target counted over one load: from before its first request to after its last answer. Both ends lie where nothing
 * is in flight, so that no window cuts through a request.
 */
export interface TargetTotals {
  readonly source: 'prometheus' | 'statsd'
  /** When the counting began and ended, microseconds since the run's start. */
  readonly fromUs: number
  readonly toUs: number
  readonly counters: readonly CounterTotal[]
  readonly buckets: readonly BucketTotal[]
  readonly values: readonly ValueTotal[]
  /** Why these numbers cannot vouch for anything: something was lost, or started anew. A sentence each. */
  readonly gaps: readonly string[]
  /** What leaves doubts, a sentence each. */
  readonly doubts: readonly string[]
}
