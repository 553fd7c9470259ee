/**
 * A sparse histogram of one quantity: ascending bucket values with their counts, plus exact extremes and moments.
 * Bucket values are the upper ends of HdrHistogram buckets (3 significant digits), in the metric's recording unit.
 * Merging two distributions adds counts and loses nothing.
 */
export interface Distribution {
  /** Ascending, distinct. Same length as `counts`. */
  readonly values: readonly number[]
  readonly counts: readonly number[]
  /** Number of recorded values. */
  readonly n: number
  /** Exact, not bucketed; 0 when `n` is 0. */
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly sumOfSquares: number
}

export const EMPTY_DISTRIBUTION: Distribution = {
  values: [],
  counts: [],
  n: 0,
  min: 0,
  max: 0,
  sum: 0,
  sumOfSquares: 0,
}

/** Adds up any number of distributions without loss. */
export function mergeDistributions(parts: readonly Distribution[]): Distribution {
  const filled = parts.filter((part) => part.n > 0)
  if (filled.length === 0) return EMPTY_DISTRIBUTION
  if (filled.length === 1) return filled[0]!
  const byValue = new Map<number, number>()
  for (const part of filled) {
    part.values.forEach((value, i) => byValue.set(value, (byValue.get(value) ?? 0) + part.counts[i]!))
  }
  const values = [...byValue.keys()].sort((a, b) => a - b)
  return {
    values,
    counts: values.map((value) => byValue.get(value)!),
    n: filled.reduce((total, part) => total + part.n, 0),
    min: Math.min(...filled.map((part) => part.min)),
    max: Math.max(...filled.map((part) => part.max)),
    sum: filled.reduce((total, part) => total + part.sum, 0),
    sumOfSquares: filled.reduce((total, part) => total + part.sumOfSquares, 0),
  }
}

/** The value of the given rank (1 = smallest); `null` outside 1..n. Never above the exact maximum. */
export function valueAtRank(distribution: Distribution, rank: number): number | null {
  if (!(rank >= 1) || rank > distribution.n) return null
  let seen = 0
  for (let i = 0; i < distribution.counts.length; i++) {
    seen += distribution.counts[i]!
    if (seen >= rank) return Math.min(distribution.values[i]!, distribution.max)
  }
  return distribution.max
}

/** Nearest-rank percentile, `p` in (0, 100]; `null` when nothing was recorded. */
export function percentile(distribution: Distribution, p: number): number | null {
  return valueAtRank(distribution, nearestRank(distribution.n, p))
}

/** Nearest rank of percentile `p` among `n` values: the smallest rank with at least p % of the values at or below it. */
export function nearestRank(n: number, p: number): number {
  // 0.999 * 1000 is 999.0000000000001 in floating point: a rank must not move up by rounding noise.
  return Math.max(1, Math.ceil((n * p) / 100 - 1e-9))
}

/** Arithmetic mean, exact; `null` when nothing was recorded. */
export function mean(distribution: Distribution): number | null {
  return distribution.n === 0 ? null : distribution.sum / distribution.n
}

/**
 * Sample standard deviation (n - 1); `null` below two values. Of the values' exact moments, not of the buckets: its only
 * error is that values were rounded to whole units when they were recorded, under 0.3 of a unit (1 / sqrt 12), and that of
 * double-precision sums, under 0.01 % up to a million values whose mean is a thousand deviations.
 */
export function standardDeviation(distribution: Distribution): number | null {
  const { n, sum, sumOfSquares } = distribution
  if (n < 2) return null
  return Math.sqrt(Math.max(0, (sumOfSquares - (sum * sum) / n) / (n - 1)))
}
