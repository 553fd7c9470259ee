/*
 * Does a level creep, a little with every run, so that no run and no change point shows it?
 *
 * Method: exponentially weighted moving average chart (Roberts, Technometrics 1, 1959) of logarithms with weight .2 and
 * limits at 3.5 standard deviations (Lucas & Saccucci, Technometrics 32, 1990). Made robust: the scale is the median
 * step from run to run (normalised as MADN is), which creep does not move; the centre is the mean of the first ten runs;
 * and every run counts for at most 2.5 scales off the centre, so that a wild run alone never reaches the limit. What the
 * centre itself does not know (a tenth of the variance of a run) is added to the chart's.
 * Assumes: the first runs are of one level. Fails for: strongly autocorrelated runs, which alarm more often.
 */
import { madn, median } from './robust.ts'
import { mean } from './sample.ts'

const WEIGHT = 0.2
const LIMIT = 3.5
const CLIP = 2.5
/** Runs that tell the centre, and fewest that are watched after them. */
const FIRST = 10
const WATCHED = 5

/**
 * How far the level of the last five runs has crept from that of the first ten: last / first - 1; `null` where the chart
 * does not signal at the last run.
 * @param values above 0, in time order, without a change point
 */
export function crept(values: readonly number[]): number | null {
  if (values.length < FIRST + WATCHED) return null
  const logs = values.map(Math.log)
  const scale = madn(logs.slice(1).map((value, i) => value - logs[i]!)) / Math.SQRT2
  if (scale === 0) return null
  const middle = median(logs.slice(0, FIRST))
  const clip = (value: number, around: number): number => Math.min(CLIP, Math.max(-CLIP, (value - around) / scale))
  const centre = middle + scale * mean(logs.slice(0, FIRST).map((value) => clip(value, middle)))
  let average = 0
  let left = 1
  for (const value of logs.slice(FIRST)) {
    average = (1 - WEIGHT) * average + WEIGHT * clip(value, centre)
    left *= (1 - WEIGHT) ** 2
  }
  const limit = LIMIT * Math.sqrt((WEIGHT / (2 - WEIGHT)) * (1 - left) + 1 / FIRST)
  return Math.abs(average) > limit ? Math.expm1(median(logs.slice(-WATCHED)) - centre) : null
}
