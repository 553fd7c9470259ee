import { isRepeatable } from '../../src/compare/compare.ts'
import { comparePairs } from '../../src/compare/compare-pairs.ts'
import type { PairRun } from '../../src/domain/pairs.ts'
import type { ComparisonVerdict } from '../../src/domain/verdict.ts'
import type { Random } from './random.ts'
import { type RunModel, Runs } from './run-model.ts'

/** How a comparison in pairs is asked. */
export interface PairTrial {
  readonly pairs?: number
  /** True ratio of the candidate to its base. */
  readonly factor: number
  readonly margin?: number
  /** Relative drift of the machine over the whole job. @default 0 */
  readonly drift?: number
  /** Most looks: as many pairs again at each while the verdict is open. @default one, and no other was planned */
  readonly looks?: number
}

/** Shares of the verdicts of so many comparisons in pairs, each in a job of its own. */
export function pairVerdicts(
  model: RunModel,
  { pairs = 10, factor, margin, drift = 0, looks = 1 }: PairTrial,
  trials: number,
  random: Random,
): Readonly<Record<ComparisonVerdict, number>> {
  const counts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0, INCOMPARABLE: 0 }
  const runs = new Runs(model, random)
  for (let i = 0; i < trials; i++) {
    runs.next()
    const pairAt = (pair: number): PairRun => {
      const first = random.uniform() < 0.5 ? 'a' : 'b'
      const visit = (side: 'a' | 'b'): PairRun['a'] => {
        const place = (2 * pair + (side === first ? 0 : 1)) / (2 * pairs)
        const value = 1e5 * Math.exp(runs.again()) * (side === 'b' ? factor : 1) * (1 + drift * place)
        return { 'latency.p50': { value, lower: null, upper: null, n: 1000 } }
      }
      return { first, a: visit('a'), b: visit('b'), excluded: null }
    }
    const options = { metrics: ['latency.p50'], ...(margin === undefined ? {} : { margin }) } as const
    const all: PairRun[] = []
    for (let index = 1; ; index++) {
      for (let k = 0; k < pairs; k++) all.push(pairAt(all.length))
      const comparison = comparePairs(all, { ...options, ...(looks === 1 ? {} : { look: { index, of: looks } }) })
      if (index < looks && isRepeatable(comparison)) continue
      counts[comparison.verdict]++
      break
    }
  }
  return Object.fromEntries(Object.entries(counts).map(([verdict, count]) => [verdict, count / trials])) as Record<
    ComparisonVerdict,
    number
  >
}
