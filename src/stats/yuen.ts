/*
 * Means of which neither end counts: the difference of two trimmed means with Student's t.
 *
 * Method: Yuen, Biometrika 61 (1974): a fifth of each sample is cut off at either end; the variance comes from the
 * winsorised sample; degrees of freedom as Welch's. One wild value of ten moves nothing.
 * Assumes: independent values, at least four a side. Fails for: three or more wild values of ten on one side.
 */
import { variance } from './sample.ts'
import { studentTCritical } from './student-t.ts'

const TRIM = 0.2

/** Mean without the lowest and highest fifth. */
export function trimmedMean(values: readonly number[]): number {
  const cut = Math.floor(TRIM * values.length)
  // Numbers sort themselves: a bootstrap does this thousands of times.
  const sorted = Float64Array.from(values).sort()
  let sum = 0
  for (let i = cut; i < sorted.length - cut; i++) sum += sorted[i]!
  return sum / (sorted.length - 2 * cut)
}

/**
 * A bound of trimmed mean of `second` - trimmed mean of `first` that holds but with probability `alpha`; infinite where
 * too few values are left to tell.
 */
export function yuenBound(
  first: readonly number[],
  second: readonly number[],
  side: 'lower' | 'upper',
  alpha: number,
): number {
  const [a, b] = [trimmed(first), trimmed(second)]
  const sign = side === 'lower' ? -1 : 1
  if (a.kept < 2 || b.kept < 2) return sign * Infinity
  const total = a.squaredError + b.squaredError
  const difference = b.mean - a.mean
  if (total === 0) return difference
  const df = total ** 2 / (a.squaredError ** 2 / (a.kept - 1) + b.squaredError ** 2 / (b.kept - 1))
  return difference + sign * studentTCritical(alpha, df) * Math.sqrt(total)
}

interface Trimmed {
  readonly mean: number
  readonly kept: number
  /** Squared standard error of the trimmed mean. */
  readonly squaredError: number
}

function trimmed(values: readonly number[]): Trimmed {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  const cut = Math.floor(TRIM * n)
  const kept = n - 2 * cut
  const [low, high] = [sorted[cut] ?? Number.NaN, sorted[n - 1 - cut] ?? Number.NaN]
  const winsorised = sorted.map((value) => Math.min(high, Math.max(low, value)))
  return {
    mean: trimmedMean(values),
    kept,
    squaredError: n < 2 ? Number.NaN : ((n - 1) * variance(winsorised)) / (kept * (kept - 1)),
  }
}
