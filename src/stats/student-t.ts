/*
 * Student's t distribution, also for fractional degrees of freedom (Satterthwaite's are).
 *
 * Method: P(T > t) = I_{df / (df + t^2)}(df / 2, 1 / 2) / 2 for t >= 0 (DLMF 8.17, Abramowitz-Stegun 26.7.1); quantile
 * by halving. From a million degrees of freedom on the normal distribution stands in for it.
 */
import { bisect } from './bisect.ts'
import { incompleteBeta } from './incomplete-beta.ts'
import { normalCdf } from './normal.ts'

const NORMAL_FROM = 1e6

/** P(T > t) with `df` degrees of freedom, df > 0, infinity allowed. */
export function studentTUpperTail(t: number, df: number): number {
  if (df >= NORMAL_FROM) return normalCdf(-t)
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2
  return t >= 0 ? tail : 1 - tail
}

/** The t that is exceeded with probability `alpha`, in (0, 1). */
export function studentTCritical(alpha: number, df: number): number {
  if (alpha > 0.5) return -studentTCritical(1 - alpha, df)
  let high = 1
  while (studentTUpperTail(high, df) > alpha) high *= 2
  return bisect(0, high, (t) => studentTUpperTail(t, df) <= alpha)
}
