/*
 * Shares: x of n.
 *
 * Two kinds of limit, on purpose. One-sided bounds that a verdict rests on are Clopper-Pearson's (Biometrika 1934):
 * exact, never under their confidence, somewhat wide. Intervals that are shown or compared are Wilson's (JASA 1927),
 * whose coverage is right on average, also at 0 of n; the difference of two shares is Newcombe's method 10
 * (Statistics in Medicine 17, 1998), built from them.
 * Assumes: independent trials. Errors in bursts vary more: see the caller for overdispersion.
 */
import { bisect } from './bisect.ts'
import { incompleteBeta } from './incomplete-beta.ts'
import { normalQuantile } from './normal.ts'

/** x of n with what can be said about the share behind it. */
export interface ShareEstimate {
  readonly value: number
  readonly n: number
  /** Two-sided 95 % (Wilson). */
  readonly interval: readonly [number, number]
  /** One-sided 95 % (Clopper-Pearson). */
  readonly lowerBound: number
  readonly upperBound: number
}

/** Estimates a share from `x` of `n`, n over 0. */
export function estimateShare(x: number, n: number): ShareEstimate {
  return {
    value: x / n,
    n,
    interval: wilsonInterval(x, n),
    lowerBound: shareLowerBound(x, n),
    upperBound: shareUpperBound(x, n),
  }
}

/** One-sided 95 % upper bound of a share after `x` of `n`. */
function shareUpperBound(x: number, n: number): number {
  if (x >= n) return 1
  return bisect(0, 1, (p) => incompleteBeta(p, x + 1, n - x) >= 0.95)
}

/** One-sided 95 % lower bound of a share after `x` of `n`. */
function shareLowerBound(x: number, n: number): number {
  return 1 - shareUpperBound(n - x, n)
}

/** Two-sided 95 % Wilson interval of a share. */
function wilsonInterval(x: number, n: number): readonly [number, number] {
  return wilson(x / n, n, normalQuantile(0.975))
}

/**
 * Two-sided interval of p2 - p1 from x1 of n1 and x2 of n2 at normal quantile `z` on either side. Counts may be
 * fractional (effective ones); both n over 0.
 */
export function shareDifference(x1: number, n1: number, x2: number, n2: number, z: number): readonly [number, number] {
  const p1 = x1 / n1
  const p2 = x2 / n2
  const [l1, u1] = wilson(p1, n1, z)
  const [l2, u2] = wilson(p2, n2, z)
  const difference = p2 - p1
  return [difference - Math.hypot(p2 - l2, u1 - p1), difference + Math.hypot(u2 - p2, p1 - l1)]
}

function wilson(p: number, n: number, z: number): readonly [number, number] {
  const z2 = (z * z) / n
  const centre = p + z2 / 2
  const half = z * Math.sqrt((p * (1 - p) + z2 / 4) / n)
  return [Math.max(0, (centre - half) / (1 + z2)), Math.min(1, (centre + half) / (1 + z2))]
}
