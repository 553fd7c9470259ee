/*
 * Where does a series split into two stretches that differ most, and do they differ at all?
 *
 * Method: the energy statistic of Szekely and Rizzo as E-divisive uses it (Matteson & James, JASA 109, 2014, eq. 5-8;
 * Hunter, arXiv 2301.03034), with n = |X| values before and m = |Y| after the split:
 *   Q = 2/(m+n) sum|x-y| - 2m/((m+n)(n-1)) sum|x-x'| - 2n/((m+n)(m-1)) sum|y-y'|
 * It is large for any difference of the two distributions. The stretch after the split need not reach the end of the
 * series, so that a bump in the middle does not hide in the mean of what follows it.
 * Significance by permutation: how often shuffled values, cut at the same place, differ as much. Drawn one after the other
 * until the answer to "p below the limit?" is settled (Besag & Clifford, Biometrika 78, 1991). The place was chosen to be
 * the best, which this p value does not count: ask for a second reason, as change-points.ts does.
 * Assumes: values that could be exchanged when nothing has changed. Fails for: strong autocorrelation, which looks like
 * levels.
 * Cost: n^2 for the split and for each shuffle; give it at most some hundred values.
 */
import type { Random } from '../domain/random.ts'

/** The best split of a stretch. */
export interface Split {
  /** First index of the second part. */
  readonly index: number
  /** Where the second part ends: first index that is no part of it. */
  readonly end: number
  /** Energy statistic, in the unit of the values. */
  readonly q: number
}

/** Q of two samples of at least two values each. */
export function energyStatistic(x: readonly number[], y: readonly number[]): number {
  const [n, m] = [x.length, y.length]
  const within = (values: readonly number[]): number =>
    values.reduce((sum, a, i) => values.slice(i + 1).reduce((inner, b) => inner + Math.abs(a - b), sum), 0)
  const between = x.reduce((sum, a) => y.reduce((inner, b) => inner + Math.abs(a - b), sum), 0)
  return energy(n, m, between, within(x), within(y))
}

/**
 * The split of largest Q with at least `shortest` (2 or more) values on both sides; `null` when there are too few.
 */
export function bestSplit(values: readonly number[], shortest: number): Split | null {
  const size = values.length
  let best: Split | null = null
  // Sums of |a - b| over the pairs of the first tau values, and of the values from tau to the end so far.
  const head = new Float64Array(size + 1)
  const tail = new Float64Array(size)
  for (let end = 1; end <= size; end++) {
    const last = values[end - 1]!
    let sum = 0
    for (let tau = end - 2; tau >= 0; tau--) {
      sum += Math.abs(values[tau]! - last)
      tail[tau]! += sum
    }
    head[end] = head[end - 1]! + sum
    for (let tau = shortest; tau <= end - shortest; tau++) {
      const between = head[end]! - head[tau]! - tail[tau]!
      const q = energy(tau, end - tau, between, head[tau]!, tail[tau]!)
      if (best === null || q > best.q) best = { index: tau, end, q }
    }
  }
  return best
}

/**
 * Whether shuffling seldom makes the values before and from `index` as different as they are.
 * @param limit p value under which it counts
 * @param shuffles at most; p is at least 1 / (shuffles + 1)
 */
export function differByPermutation(
  values: readonly number[],
  index: number,
  limit: number,
  random: Random,
  shuffles: number = 999,
): boolean {
  const q = (all: readonly number[]): number => energyStatistic(all.slice(0, index), all.slice(index))
  // Rounding must not make an equal difference a smaller one.
  const found = q(values) * (1 - 1e-9)
  const most = Math.ceil(limit * (shuffles + 1)) - 1
  const shuffled = [...values]
  let asGood = 0
  for (let k = 0; k < shuffles && asGood < most; k++) {
    shuffle(shuffled, random)
    if (q(shuffled) >= found) asGood++
  }
  return asGood < most
}

function energy(n: number, m: number, between: number, withinX: number, withinY: number): number {
  const all = n + m
  return (2 * between - (2 * m * withinX) / (n - 1) - (2 * n * withinY) / (m - 1)) / all
}

/** Fisher and Yates's shuffle, in place. */
function shuffle(values: number[], random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = values[i]!
    values[i] = values[j]!
    values[j] = kept
  }
}
