import { type Distribution, mergeDistributions, valueAtRank } from '../domain/distribution.ts'
import type { BucketTotal, TargetSeries, TargetTotals } from '../domain/target-totals.ts'
import { type BucketCounts, bucketQuantile } from '../stats/bucket-quantile.ts'

/** Durations that a server timed, one by one or in buckets. */
export interface ServerValues {
  readonly n: number
  readonly sumUs: number
  readonly distribution: Distribution | null
  readonly buckets: BucketCounts | null
  /** Microseconds of one unit of the two above. */
  readonly scale: number
}

/** Values of timers are sorted into buckets this wide, as a share. */
const SKETCH_WIDTH = 0.005

/** All values of the series that match, together; `null` where none does. Histograms of other bounds are not put together. */
export function serverValues(
  totals: TargetTotals,
  matches: (series: TargetSeries) => boolean,
  scale: number,
): ServerValues | null {
  const values = totals.values.filter(matches)
  if (values.length > 0) {
    const distribution = mergeDistributions(values.map((one) => one.distribution))
    return { n: distribution.n, sumUs: distribution.sum * scale, distribution, buckets: null, scale }
  }
  const found = totals.buckets.filter(matches)
  if (found.length === 0) return null
  return {
    n: found.reduce((sum, { n }) => sum + n, 0),
    sumUs: found.reduce((total, { sum }) => total + sum, 0) * scale,
    distribution: null,
    buckets: mergedBuckets(found),
    scale,
  }
}

function mergedBuckets(found: readonly BucketTotal[]): BucketCounts | null {
  const [first] = found
  const { bounds } = first!
  if (bounds.length === 0 || found.some((one) => one.bounds.join() !== bounds.join())) return null
  return { bounds, counts: first!.counts.map((_, i) => found.reduce((sum, { counts }) => sum + counts[i]!, 0)) }
}

/**
 * Where a percentile of the client's requests may lie at the server, microseconds.
 * @param own how many the client has
 * @param others how many more the server timed, of which nothing is known: they may all have been faster, or slower
 * @returns `null` where the server tells no quantiles
 */
export function quantileRange(
  { n, distribution, buckets, scale }: ServerValues,
  own: number,
  others: number,
  p: number,
): { readonly least: number; readonly most: number } | null {
  const rank = Math.max(1, Math.ceil((own * p) / 100 - 1e-9))
  const [from, to] = [Math.min(rank, n), Math.min(rank + others, n)]
  if (distribution !== null) {
    const [low, high] = [valueAtRank(distribution, from), valueAtRank(distribution, to)]
    if (low === null || high === null) return null
    return { least: low * (1 - SKETCH_WIDTH) * scale, most: high * scale }
  }
  if (buckets === null) return null
  const [low, high] = [bucketQuantile(buckets, from / n), bucketQuantile(buckets, to / n)]
  return low === null || high === null ? null : { least: Math.max(0, low.low) * scale, most: high.high * scale }
}
