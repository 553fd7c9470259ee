/*
 * How far are two samples apart? Hodges and Lehmann's shift: the median of all differences between them.
 *
 * Method: Hodges & Lehmann, Ann. Math. Stat. 34 (1963); bounds by rank among the differences, from the distribution of
 * Mann and Whitney's U (Lehmann, Nonparametrics, 1975, 2.5), so that a bound excludes 0 exactly when the test rejects.
 * Up to 29 % of the values may be wild before the shift follows them.
 * Assumes: independent values, distributions of like shape. Of logarithms the shift is the logarithm of a ratio.
 */
import { mannWhitneyCritical } from './mann-whitney.ts'
import { median } from './robust.ts'

/** A shift from one sample to another. */
export interface Shift {
  readonly estimate: number
  /** The true shift is beyond it but with probability `alpha`; infinite where so few values exclude nothing. */
  bound(side: 'lower' | 'upper', alpha: number): number
}

/** The shift from `first` to `second`, both of at least one value. */
export function hodgesLehmann(first: readonly number[], second: readonly number[]): Shift {
  const differences = second.flatMap((to) => first.map((from) => to - from)).sort((a, b) => a - b)
  return {
    estimate: median(differences),
    bound: (side, alpha) => {
      const critical = mannWhitneyCritical(first.length, second.length, alpha)
      if (critical < 0) return side === 'lower' ? -Infinity : Infinity
      return side === 'lower' ? differences[critical]! : differences.at(-1 - critical)!
    },
  }
}
