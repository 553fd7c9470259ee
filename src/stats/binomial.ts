/*
 * Binomial distribution: number of successes among n independent trials of probability p.
 *
 * Method: P(B <= k) = I_{1-p}(n - k, k + 1) (DLMF 8.17.24), which is exact and, unlike a sum of terms, as cheap for a
 * hundred million requests as for ten.
 */
import { incompleteBeta } from './incomplete-beta.ts'

/** P(B <= k). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  if (k >= n) return 1
  return incompleteBeta(1 - p, n - k, k + 1)
}

/** The smallest k with P(B <= k) >= q, for q in (0, 1). */
export function binomialQuantile(q: number, n: number, p: number): number {
  let low = -1
  let high = n
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (binomialCdf(middle, n, p) >= q) high = middle
    else low = middle
  }
  return high
}
