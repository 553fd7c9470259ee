/*
 * Few positive values, such as the times of five starts, on the log scale.
 *
 * Method: durations are taken as log-normal; the ratio of two samples has Welch's interval with Satterthwaite's degrees
 * of freedom (Welch, Biometrika 34, 1947); a further value lies below exp(mean + t sd sqrt(1 + 1/n)) but with
 * probability alpha (prediction bound of the normal distribution).
 * Assumes: independent values. Fails for: two modes (a page cache that was cold once), which make the bounds wide, and
 * conditions that changed between the two samples, which no interval shows.
 */
import { studentTCritical } from './student-t.ts'

/** Mean and variance of logarithms. */
interface LogSample {
  readonly n: number
  readonly mean: number
  readonly variance: number
}

/** Ratio of the geometric means of two samples, with one-sided bounds. */
export interface RatioEstimate {
  readonly ratio: number
  /** The true ratio is above it but with probability `alpha`. */
  readonly lower: number
  /** And below it. */
  readonly upper: number
}

/** Variance that the samples themselves do not show, and the degrees of freedom that it stands on. */
export interface FurtherVariance {
  readonly variance: number
  readonly df: number
}

/**
 * `null` when either sample has fewer than two values. All values above 0.
 * @param further of the logarithm of the ratio: conditions that differ from one sample to the other
 */
export function ratioOf(
  values: readonly number[],
  others: readonly number[],
  alpha: number,
  further: FurtherVariance = { variance: 0, df: 1 },
): RatioEstimate | null {
  if (values.length < 2 || others.length < 2) return null
  const [a, b] = [logSample(values), logSample(others)]
  const [va, vb] = [a.variance / a.n, b.variance / b.n]
  const total = va + vb + further.variance
  const se = Math.sqrt(total)
  const df =
    total === 0
      ? Infinity
      : total ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1) + further.variance ** 2 / further.df)
  const reach = studentTCritical(alpha, df) * se
  const difference = a.mean - b.mean
  return { ratio: Math.exp(difference), lower: Math.exp(difference - reach), upper: Math.exp(difference + reach) }
}

/** A further value of the sample stays below it but with probability `alpha`; `null` below two values. */
export function predictionBound(values: readonly number[], alpha: number): number | null {
  if (values.length < 2) return null
  const { n, mean, variance } = logSample(values)
  return Math.exp(mean + studentTCritical(alpha, n - 1) * Math.sqrt(variance * (1 + 1 / n)))
}

function logSample(values: readonly number[]): LogSample {
  const logs = values.map(Math.log)
  const n = logs.length
  const mean = logs.reduce((sum, value) => sum + value, 0) / n
  return { n, mean, variance: logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) }
}
