/**
 * Quantiles of values of which only counts between bounds are known, as Prometheus' `histogram_quantile` gives them: the
 * values of a bucket are taken to lie evenly in it, and to begin at 0 in the first one. What is certain is only that the
 * quantile lies in its bucket, however wide that is; both ends are told with it.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */

/** How many values fell into each bucket. */
export interface BucketCounts {
  /** Upper ends, ascending, without infinity. */
  readonly bounds: readonly number[]
  /** Of each bucket alone; one more than bounds, for what is over the last. */
  readonly counts: readonly number[]
}

/** A quantile with what is certain of it. */
export interface BucketQuantile {
  /** In the last bucket, which has no end, where that begins. */
  readonly value: number
  /** It is over this, and at most `high`. */
  readonly low: number
  readonly high: number
}

/** @param q 0 to 1; `null` without values, and without bounds */
export function bucketQuantile({ bounds, counts }: BucketCounts, q: number): BucketQuantile | null {
  const n = counts.reduce((sum, count) => sum + count, 0)
  if (!(n > 0) || bounds.length === 0) return null
  const rank = q * n
  let below = 0
  let index = 0
  // Counts may be broken ones, made of rates: their sum must not miss the rank by rounding noise.
  while (index < bounds.length && below + counts[index]! < rank * (1 - 1e-12)) below += counts[index++]!
  const last = bounds.at(-1)!
  if (index === bounds.length) return { value: last, low: last, high: Infinity }
  const high = bounds[index]!
  if (index === 0 && high <= 0) return { value: high, low: -Infinity, high }
  const low = index === 0 ? 0 : bounds[index - 1]!
  const count = counts[index]!
  return { value: count === 0 ? low : low + (high - low) * Math.max(0, (rank - below) / count), low, high }
}
