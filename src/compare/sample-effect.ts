/*
 * How far the runs of a candidate lie from runs of its base, measured in the same job in turn; positive is worse.
 *
 * On logarithms: the estimate is Hodges and Lehmann's shift. A difference is shown at a level when the winsorised t test
 * shows it there, and the exact Mann-Whitney test, which assumes nothing, does at five times that level. The upper bound
 * that "no worse than the margin" rests on is that of Yuen's trimmed means; the interval that is shown is a bootstrap of
 * the ratio of trimmed means. None of them follows a wild run.
 * Nothing is assumed about noise from job to job: both sides were in the same one, and what it adds to both cancels out.
 * Drift within the job falls on both sides alike, as the order within a pair is random.
 */
import type { RecordedMetric } from '../domain/history.ts'
import type { Random } from '../domain/random.ts'
import { bootstrapDifference } from '../stats/bootstrap.ts'
import { hodgesLehmann } from '../stats/hodges-lehmann.ts'
import { mannWhitney } from '../stats/mann-whitney.ts'
import { variance } from '../stats/sample.ts'
import { winsorisedT } from '../stats/winsorised-t.ts'
import { trimmedMean, yuenBound } from '../stats/yuen.ts'
import type { Effect } from './effect.ts'

/** Beyond either end of the interval that is shown. */
const INTERVAL_ALPHA = 0.05
/** The rank test's level / the t test's: ten ranks a side bear two wild runs at .05 with ease, at .01 not at all. */
const RANKS = 5

/** Effect between two samples of runs, all values above 0; `null` below two runs a side. */
export function sampleEffect(
  base: readonly Pick<RecordedMetric, 'value'>[],
  candidate: readonly Pick<RecordedMetric, 'value'>[],
  better: 'lower' | 'higher',
  random: Random,
): Effect | null {
  if (base.length < 2 || candidate.length < 2) return null
  const sign = better === 'lower' ? 1 : -1
  const [from, to] = [base, candidate].map((runs) => runs.map(({ value }) => sign * Math.log(value))) as [
    number[],
    number[],
  ]
  const shift = hodgesLehmann(from, to)
  const ranks = mannWhitney(from, to)
  const test = winsorisedT(from, to)
  const cv = Math.sqrt((variance(from) + variance(to)) / 2)
  return {
    estimate: shift.estimate,
    reference: Math.exp(sign * trimmedMean(from)),
    pWorse: Math.max(test.pLarger, ranks.pLarger / RANKS),
    pBetter: Math.max(test.pSmaller, ranks.pSmaller / RANKS),
    bound: (side, alpha) => {
      const bounds = [test.bound(side, alpha), shift.bound(side, Math.min(0.5, alpha * RANKS))]
      return side === 'lower' ? Math.min(...bounds) : Math.max(...bounds)
    },
    noWorseBound: (alpha) => yuenBound(from, to, 'upper', alpha),
    interval: bootstrapDifference(from, to, trimmedMean, INTERVAL_ALPHA, random),
    noise: { cv, source: 'measured', df: from.length + to.length - 2 },
    runSd: cv,
    runs: Math.min(from.length, to.length),
  }
}
