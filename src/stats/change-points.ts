/*
 * Where did the level of a history of runs change?
 *
 * Method: E-divisive (energy-split.ts) on logarithms, splitting again and again; then the weakest point is taken out,
 * and its neighbours judged anew, until every point that is left separates two stretches whose levels
 *  - differ at p < 5e-5 by Student's t with pooled variance, after wild runs were pulled in to the running median of
 *    five +- 2.5 MADN, which keeps one slow run from hiding a change or from looking like one;
 *  - differ at p < .01 by permutation of the values as they are: without it recorded histories of other projects gave
 *    false points;
 *  - differ by at least 5 %.
 * Both stretches hold at least three runs, so that a change shows from its third run on at the earliest; a stretch of
 * only three must differ at a tenth of that p, for two wild runs of three look like a level. This reports, and never fails
 * a run.
 * Assumes: runs of one environment and workload, each measured alike. Fails for: creep, which has no point (see
 * ewma-chart.ts), and strong autocorrelation.
 * @see Matteson & James, JASA 109 (2014); Hunter, arXiv 2301.03034 (2023): split, then merge by a t test
 */
import { purposeSeed, seededRandom } from '../domain/random.ts'
import { bestSplit, differByPermutation } from './energy-split.ts'
import { madn, median } from './robust.ts'
import { mean, variance } from './sample.ts'
import { studentTUpperTail } from './student-t.ts'

/** How strict the search is. */
export interface ChangePointOptions {
  /** p value of the t test. @default 5e-5 */
  readonly p?: number
  /** Smallest relative change, 0 for any. @default 0.05 */
  readonly smallest?: number
  /** Smallest number of runs on either side, from 2. @default 3 */
  readonly shortest?: number
}

/** One change of level. */
export interface LevelChange {
  /** First run of the new level, counted from 0. */
  readonly index: number
  /** Geometric means of the stretch before and of the one after; in the unit of the values. */
  readonly before: number
  readonly after: number
  /** after / before - 1. */
  readonly change: number
  /** Two-sided p value of the t test. */
  readonly p: number
}

const RAW_P = 0.01
const FEW = 3
const RUNNING = 2
const WIDTH = 2.5

/** The points where the level of `values` (all above 0, in time order) changed, oldest first. The same every time. */
export function changePoints(values: readonly number[], options: ChangePointOptions = {}): readonly LevelChange[] {
  const { p: limit = 5e-5, smallest = 0.05, shortest = 3 } = options
  const raw = values.map(Math.log)
  const logs = pulledIn(raw)
  const random = seededRandom(purposeSeed(values.length, 'change points'))
  const matters = (difference: number): boolean => Math.abs(difference) >= Math.log1p(smallest)
  const shown = ({ p, runs }: StretchTest): boolean => p < (runs > FEW ? limit : limit / 10)
  const differ = (start: number, index: number, end: number): StretchTest =>
    stretchTest(logs.slice(start, index), logs.slice(index, end))

  const points: number[] = []
  const split = (start: number, end: number): void => {
    const found = bestSplit(logs.slice(start, end), shortest)
    if (found === null) return
    const index = start + found.index
    // A bump in the middle differs from what is before it, not from that and what follows together.
    if (!shown(differ(start, index, start + found.end))) return
    points.push(index)
    split(start, index)
    split(index, end)
  }
  split(0, logs.length)
  points.sort((a, b) => a - b)

  const start = (i: number): number => points[i - 1] ?? 0
  const end = (i: number): number => points[i + 1] ?? logs.length
  const unsmoothed = (index: number, i: number): number =>
    mean(raw.slice(index, end(i))) - mean(raw.slice(start(i), index))
  for (;;) {
    const tests = points.map((index, i) => differ(start(i), index, end(i)))
    const weakest = tests
      .map((one, i) => ({ i, p: one.p, ok: shown(one) && matters(one.difference) }))
      .filter(({ ok }) => !ok)
      .sort((a, b) => b.p - a.p)[0]
    const refused =
      weakest?.i ??
      points.findIndex((index, i) => {
        const stretch = raw.slice(start(i), end(i))
        return !matters(unsmoothed(index, i)) || !differByPermutation(stretch, index - start(i), RAW_P, random)
      })
    if (refused >= 0) {
      points.splice(refused, 1)
      continue
    }
    return points.map((index, i): LevelChange => {
      const before = mean(raw.slice(start(i), index))
      const difference = unsmoothed(index, i)
      return {
        index,
        before: Math.exp(before),
        after: Math.exp(before + difference),
        change: Math.expm1(difference),
        p: tests[i]!.p,
      }
    })
  }
}

interface StretchTest {
  readonly difference: number
  readonly p: number
  /** Runs of the shorter stretch. */
  readonly runs: number
}

/** Student's t test of two stretches with pooled variance, two-sided. */
function stretchTest(before: readonly number[], after: readonly number[]): StretchTest {
  const [n, m] = [before.length, after.length]
  const difference = mean(after) - mean(before)
  const df = n + m - 2
  const pooled = ((n - 1) * variance(before) + (m - 1) * variance(after)) / df
  const runs = Math.min(n, m)
  if (pooled === 0) return { difference, runs, p: difference === 0 ? 1 : 0 }
  return { difference, runs, p: 2 * studentTUpperTail(Math.abs(difference) / Math.sqrt(pooled * (1 / n + 1 / m)), df) }
}

/** Each value pulled in to the running median of its neighbours +- 2.5 times the scale of all such distances. */
function pulledIn(logs: readonly number[]): readonly number[] {
  const centres = logs.map((_, i) => median(logs.slice(Math.max(0, i - RUNNING), i + RUNNING + 1)))
  const reach = WIDTH * madn(logs.map((value, i) => value - centres[i]!))
  return logs.map((value, i) => Math.min(centres[i]! + reach, Math.max(centres[i]! - reach, value)))
}
