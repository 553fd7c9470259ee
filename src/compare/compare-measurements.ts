import type { Comparison } from '../domain/comparison.ts'
import type { SecondBucket, SeriesData } from '../domain/measurement.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import { type CompareOptions, compareMetrics } from './compare.ts'
import { recordedMetrics } from './recorded-metrics.ts'

/** A measurement or a part of one, with its name. */
export interface Compared {
  readonly series: SeriesData
  readonly subject: string
  /** Of a whole load. */
  readonly buckets?: readonly SecondBucket[]
}

/**
 * Compares a measurement with another one of the same job, on median latency unless told otherwise: IMPROVED means that
 * `candidate` is better than `other`. Each side is one run, so that variation from load to load is assumed, and the
 * notes say so; for a claim about small differences interleave several loads of each.
 * @param options.margin the share by which it must be better: the `by` of a claim
 */
export function compareMeasurements(
  candidate: Compared,
  other: Compared,
  options: Omit<CompareOptions, 'metrics'> & { readonly metric?: RecordedMetricId } = {},
): Comparison {
  const { metric = 'latency.p50', ...rest } = options
  const comparison = compareMetrics(recordedMetrics(candidate), [recordedMetrics(other)], {
    ...rest,
    metrics: [metric],
  })
  return {
    ...comparison,
    against: other.subject === '' ? 'the other measurement' : `the other measurement, ${other.subject}`,
  }
}
