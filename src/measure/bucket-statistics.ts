import { isBucket, type HistogramId, type ResourceMetricId, type SampleTable } from '../domain/resource.ts'
import { type BucketCounts, bucketQuantile } from '../stats/bucket-quantile.ts'
import type { TimeSpan } from './gaps.ts'
import { resourceStatistics } from './resource-statistics.ts'

/** Values that a target told as a histogram, over some time. */
export interface BucketStatistics {
  /** How many fell into that time. */
  readonly n: number
  /** Exact: of their sum. */
  readonly mean: number
  /** By interpolation inside a bucket. @param p over 0, under 100; infinite over the last bound, NaN without bounds */
  percentile(p: number): number
  /** End of the last bucket that holds one: none is over it. NaN without bounds. */
  readonly most: number
}

/** Histograms that were sampled. */
export function histogramsOf({ columns }: SampleTable): readonly HistogramId[] {
  return (Object.keys(columns) as ResourceMetricId[]).flatMap((id) =>
    id.startsWith('sum:') ? [id.slice('sum:'.length) as HistogramId] : [],
  )
}

/** Over the samples within the parts, or over all; `null` where no value fell into them. */
export function bucketStatistics(
  table: SampleTable,
  id: HistogramId,
  parts: readonly TimeSpan[] | null,
): BucketStatistics | null {
  const ends = (Object.keys(table.columns) as ResourceMetricId[]).flatMap((column) => {
    if (!isBucket(column) || !column.startsWith('bucket:') || !column.endsWith(`:${id}`)) return []
    const text = column.slice('bucket:'.length, -id.length - 1)
    return [{ column, bound: text === '+Inf' ? Infinity : Number(text) }]
  })
  ends.sort((a, b) => a.bound - b.bound)
  const buckets: BucketCounts = {
    bounds: ends.map(({ bound }) => bound).filter(Number.isFinite),
    counts: ends.map(({ column }) => grown(table, column, parts)),
  }
  const n = buckets.counts.reduce((sum, count) => sum + count, 0)
  // What is left of rounding is no value.
  if (n < 0.5) return null
  return {
    n: Math.round(n),
    mean: grown(table, `sum:${id}`, parts) / n,
    percentile: (p) => {
      const found = bucketQuantile(buckets, p / 100)
      return found?.high === Infinity ? Infinity : (found?.value ?? Number.NaN)
    },
    most: buckets.bounds.length === 0 ? Number.NaN : (ends.findLast((_, i) => buckets.counts[i]! >= 0.5)?.bound ?? 0),
  }
}

function grown(table: SampleTable, id: ResourceMetricId, parts: readonly TimeSpan[] | null): number {
  const found = resourceStatistics(table, id, parts)
  return found === null ? 0 : (found.mean * found.spanUs) / 1e6
}
