/*
 * What could the figure have been, had chance dealt otherwise? Drawn anew from the values at hand.
 *
 * Two samples of runs: percentile interval of the difference of a statistic, each side resampled by itself (Efron &
 * Tibshirani 1993, 13.3); of logarithms it is the interval of a ratio, as Kalibera and Jones ask for between two systems
 * (Rigorous benchmarking in reasonable time, ISMM 2013).
 * One series in time: circular blocks keep what neighbours have in common (Kuensch, Ann. Stat. 17, 1989; Politis &
 * Romano 1992). The block grows with the cube root of the length, as the best one does (Politis & White, Econometric
 * Reviews 23, 2004), and is at least 8.
 * Fails for: under about five values a side, and series under 30 values; correlation longer than a block, which blocks
 * cut: the interval is then too narrow.
 */
import type { Random } from '../domain/random.ts'
import { mean } from './sample.ts'

const RESAMPLES = 1000
const SHORTEST_BLOCK = 8
/** Fewer values in time tell nothing of their correlation. */
const FEWEST_IN_TIME = 30

/** Two-sided interval of statistic(second) - statistic(first) with `alpha` beyond either end. */
export function bootstrapDifference(
  first: readonly number[],
  second: readonly number[],
  statistic: (values: readonly number[]) => number,
  alpha: number,
  random: Random,
): readonly [number, number] {
  const differences = Array.from(
    { length: RESAMPLES },
    () => statistic(resample(second, random)) - statistic(resample(first, random)),
  ).sort((a, b) => a - b)
  const rank = Math.floor(alpha * RESAMPLES)
  return [differences[rank]!, differences[RESAMPLES - 1 - rank]!]
}

/**
 * Variance of the mean of values in time order, by circular blocks; `null` for fewer than 30. Nothing is drawn: the mean of
 * a resample is that of n / L independent blocks, so that its variance over all resamples is L / n times that of
 * the means of the n blocks there are.
 */
export function blockVarianceOfMean(values: readonly number[]): number | null {
  const n = values.length
  if (n < FEWEST_IN_TIME) return null
  const length = Math.max(SHORTEST_BLOCK, Math.ceil(2 * Math.cbrt(n)))
  const centre = mean(values)
  let sum = 0
  for (let i = 0; i < length; i++) sum += values[i]! - centre
  let squares = 0
  for (let start = 0; start < n; start++) {
    squares += (sum / length) ** 2
    sum += values[(start + length) % n]! - values[start]!
  }
  // The centre is the values' own: n - L instead of n, as n - 1 for independent values.
  return (length / (n - length)) * (squares / n)
}

function resample(values: readonly number[], random: Random): readonly number[] {
  const drawn: number[] = []
  for (let i = 0; i < values.length; i++) drawn.push(values[Math.floor(random() * values.length)]!)
  return drawn
}
