/*
 * Is there a trend over time? Mann-Kendall's rank test with Hamed and Rao's correction for autocorrelation.
 *
 * Method: S counts rising minus falling pairs; its variance is corrected for ties (Kendall 1975) and multiplied by
 * n / n*, computed from the autocorrelations of the ranks after removing the Theil-Sen slope (Hamed & Rao, Journal of
 * Hydrology 204, 1998).
 * Differs from the paper in which lags count: all up to the first without positive correlation (the idea of Geyer's
 * initial positive sequence) instead of the significant ones among all. In simulation at p < .01 and n = 60 that alarms
 * in 2 % instead of 6 % of series with autocorrelation .5, and in 1 % without any. The factor is never below 1.
 * Fails for: strong autocorrelation in short series: 7 % alarms at .8 and n = 60, 5 % at .5 and n = 30.
 * Cost: n^2; give it at most some hundred values.
 */
import { normalCdf } from './normal.ts'
import { pairSlopes, theilSenSlope } from './theil-sen.ts'

export interface MannKendall {
  /** Two-sided p value; 1 when no trend can be told (all equal, fewer than 4 values). */
  readonly p: number
  /** Theil-Sen slope per unit of time. */
  readonly slope: number
  /** The slopes of all pairs, ascending. */
  readonly slopes: Float64Array
  /** Standard deviation of S without a trend, corrected for ties and autocorrelation. */
  readonly sd: number
}

/**
 * Tests values in time order for a monotone trend.
 * @param times ascending @default evenly spaced, one unit apart
 */
export function mannKendall(
  values: readonly number[],
  times: readonly number[] = values.map((_, i) => i),
): MannKendall {
  const n = values.length
  if (n < 4) return { p: 1, slope: 0, slopes: new Float64Array(), sd: 0 }
  let s = 0
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) s += Math.sign(values[j]! - values[i]!)
  const slopes = pairSlopes(times, values)
  const slope = theilSenSlope(slopes)
  const variance = varianceOfS(values) * hamedRaoFactor(values.map((value, i) => value - slope * times[i]!))
  const sd = Math.sqrt(Math.max(0, variance))
  if (s === 0 || sd === 0) return { p: 1, slope, slopes, sd }
  return { p: 2 * normalCdf(-(Math.abs(s) - 1) / sd), slope, slopes, sd }
}

function varianceOfS(values: readonly number[]): number {
  const term = (count: number): number => count * (count - 1) * (2 * count + 5)
  const ties = new Map<number, number>()
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1)
  return (term(values.length) - [...ties.values()].reduce((total, count) => total + term(count), 0)) / 18
}

function hamedRaoFactor(detrended: readonly number[]): number {
  const n = detrended.length
  const centred = ranks(detrended).map((rank) => rank - (n + 1) / 2)
  const power = centred.reduce((total, value) => total + value * value, 0)
  if (power === 0) return 1
  let sum = 0
  for (let lag = 1; lag < n - 2; lag++) {
    let product = 0
    for (let i = lag; i < n; i++) product += centred[i]! * centred[i - lag]!
    if (product <= 0) break
    sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * (product / power)
  }
  return 1 + (2 * sum) / (n * (n - 1) * (n - 2))
}

/** Ranks from 1, equal values sharing their mean rank. */
function ranks(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const result: number[] = Array.from({ length: values.length }, () => 0)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    for (let i = start; i < end; i++) result[order[i]!] = (start + end + 1) / 2
    start = end
  }
  return result
}
