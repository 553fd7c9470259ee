/*
 * Standard normal distribution.
 *
 * Method: Taylor series around 0 (G. Marsaglia, Evaluating the normal distribution, JSS 11(4), 2004); beyond 3 the
 * continued fraction of Mills' ratio (DLMF 7.9.1), which keeps relative precision in the tail. Quantile by halving.
 */
import { bisect } from './bisect.ts'

/** P(Z <= x). */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x > 3) return 1 - lowerTail(-x)
  if (x < -3) return lowerTail(x)
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * density(x)
}

/** The x with P(Z <= x) = p, for p in (0, 1). */
export function normalQuantile(p: number): number {
  return bisect(-40, 40, (x) => normalCdf(x) >= p)
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

function lowerTail(x: number): number {
  let fraction = 0
  for (let k = 60; k >= 1; k--) fraction = k / (-x + fraction)
  return density(x) / (-x + fraction)
}
