import type { Fingerprint } from './history.ts'
import type { Slo } from './load-plan.ts'
import type { Gap } from './measurement.ts'
import type { RequestMetricId } from './metric.ts'

/**
 * A load over its time, all phases, column by column; all lists are of one length. Seconds without a report (gaps) have
 * no row. Where several seconds are one row, what a reader looks for must not drown in a mean: failures, lost requests,
 * p99, users and queue are the highest second's, throughput is the mean, p50 the median of the seconds' medians.
 */
export interface LoadCourse {
  /** Length of a row. */
  readonly rowSeconds: number
  /** Beginning of each row, seconds since the run's start. */
  readonly from: readonly number[]
  /** Requests that were due, good answers, output tokens: per second; `null` for the end of a load in less than half a second. */
  readonly attempted: readonly (number | null)[]
  readonly completed: readonly (number | null)[]
  readonly outputTokens: readonly (number | null)[]
  /** Per second: failed requests, and those that were dropped or missed. */
  readonly failed: readonly number[]
  readonly unsent: readonly number[]
  /** Of good requests that ended then, microseconds; `null` without any, and as above. */
  readonly latencyP50Us: readonly (number | null)[]
  readonly latencyP99Us: readonly (number | null)[]
  readonly users: readonly number[]
  readonly queued: readonly number[]
  /** Measured windows, one per step; microseconds since the run's start. */
  readonly windows: readonly { readonly startUs: number; readonly endUs: number }[]
  readonly gaps: readonly Gap[]
}

/** A distribution as charts draw it, in the metric's own unit. */
export interface DistributionShape {
  readonly n: number
  /** Percentiles from 0 to that of the largest value, closer together towards the end. */
  readonly spectrum: readonly { readonly p: number; readonly value: number }[]
  /** Upper ends of bins of equal width on a log scale, and how many values each holds. */
  readonly bins: readonly { readonly upTo: number; readonly count: number }[]
}

/** Shapes of the metrics that were recorded. */
export type DistributionShapes = Readonly<Partial<Record<RequestMetricId, DistributionShape>>>

/** What must be known, beside the profile, to do the load again. */
export interface LoadSetup {
  /** Names of the scenarios, in their order. */
  readonly scenarios: readonly string[]
  readonly seed: number
  /** Number of generator processes. */
  readonly generators: number
  readonly slo: Slo | null
  /** The machine that the load came from. */
  readonly environment: Pick<Fingerprint, 'hard' | 'soft'>
}
