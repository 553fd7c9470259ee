/*
 * Percentiles with what can be said about them, by order statistics.
 *
 * Method: the number B of values at or below the true p-quantile is Binomial(n, p), whatever the distribution; so the
 * ranks where B's own quantiles fall bound it (Le Boudec, Performance Evaluation of Computer and Communication Systems,
 * 2.2.2; Conover 1999, 3.2). Exact binomial, equal tails, no normal approximation. Requests without a value (failed,
 * dropped, missed) rank above all others as +infinity, so that 2 % timeouts cannot hide from a p99.
 * Assumes: independent values. Requests of one run are not quite: queues make neighbours alike, and the interval says
 * nothing of the variation from run to run. Comparisons add that; an absolute limit does not need it.
 * A bound exists only from some n on: one-sided 95 % from 29 (p90), 59 (p95), 299 (p99), 2,995 (p99.9); two-sided from
 * 36, 72, 368 and 3,688.
 * Values are upper ends of histogram buckets: every figure is at most 0.1 % above the exact one.
 */
import { type Distribution, nearestRank, valueAtRank } from '../domain/distribution.ts'
import { binomialQuantile } from './binomial.ts'

/** A percentile among all requests. Values in the distribution's recording unit; `Infinity` when it falls on a failure. */
export interface PercentileEstimate {
  /** Nearest-rank percentile; `null` without any request. */
  readonly value: number | null
  /** Two-sided 95 % interval; `null` when n is too small. The upper end may be `Infinity`. */
  readonly interval: readonly [number, number] | null
  /** One-sided 95 % upper bound; `null` when n is too small. May be `Infinity`. */
  readonly upperBound: number | null
  /** Values and infinite ones together. */
  readonly n: number
}

/**
 * Estimates percentile `p`, over 0 and under 100, from recorded values and `infinite` ones above all of them.
 */
export function estimatePercentile(distribution: Distribution, infinite: number, p: number): PercentileEstimate {
  const n = distribution.n + infinite
  const at = (rank: number): number => valueAtRank(distribution, rank) ?? Infinity
  if (n === 0) return { value: null, interval: null, upperBound: null, n }
  const lower = lowerRank(n, p, 0.025)
  const upper = upperRank(n, p, 0.025)
  const bound = upperRank(n, p, 0.05)
  return {
    value: at(nearestRank(n, p)),
    interval: lower === null || upper === null ? null : [at(lower), at(upper)],
    upperBound: bound === null ? null : at(bound),
    n,
  }
}

/** The smallest n from which the one-sided 95 % upper bound of percentile `p` exists: p^n <= 5 %. */
export function requestsForBound(p: number): number {
  return Math.ceil(Math.log(0.05) / Math.log(p / 100))
}

/** Smallest rank that is above the true quantile but with probability `alpha`; `null` when even the largest is not. */
function upperRank(n: number, p: number, alpha: number): number | null {
  const rank = binomialQuantile(1 - alpha, n, p / 100) + 1
  return rank > n ? null : rank
}

/** Largest rank that is below the true quantile but with probability `alpha`; `null` when even the smallest is not. */
function lowerRank(n: number, p: number, alpha: number): number | null {
  const rank = binomialQuantile(alpha, n, p / 100)
  return rank < 1 ? null : rank
}
