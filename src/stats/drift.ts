/*
 * Does a quantity drift over a stretch of time? Values of single seconds are first taken together into at most 120 bins
 * of equal length: that keeps the n^2 of the trend test small and takes most of the autocorrelation of seconds away.
 * A drift is proven when the trend test says so at p < .01 (mann-kendall.ts) and the Theil-Sen slope over the whole
 * stretch is more than a given share of the level. Bounds of that growth are one-sided 95 % ones (theil-sen.ts).
 * Fails for: cycles as long as the stretch, of which one flank looks like a trend: measure several of them.
 */
import { mannKendall } from './mann-kendall.ts'
import { normalQuantile } from './normal.ts'
import { median } from './robust.ts'
import { slopeBounds } from './theil-sen.ts'

const MOST_BINS = 120
/** Fewer values tell nothing at p < .01. */
export const FEWEST_BINS = 10
const P_LIMIT = 0.01
const Z_95 = normalQuantile(0.95)

/** A value of one second. */
export interface TimedValue {
  readonly second: number
  readonly value: number
}

/** A trend over a stretch of time, relative to the level. */
export interface Drift {
  /** Whether there is a trend at all at p < .01, however small. */
  readonly proven: boolean
  readonly p: number
  /** Median of the bins, in the unit of the values. */
  readonly level: number
  /** Change from the start to the end of the stretch / level: 0.05 = 5 % more. */
  readonly growth: number
  /** One-sided 95 % bounds of `growth`. */
  readonly lower: number
  readonly upper: number
}

/**
 * The drift of a quantity from second `from` up to, not including, `to`.
 * @param values in time order; seconds without a value are left out
 * @param take what stands for a bin: `median` of its values, or `mean` for counts, of which a median would lose the rare ones
 * @returns `null` where fewer than ten bins hold a value, or the level is 0
 */
export function driftOf(
  values: readonly TimedValue[],
  from: number,
  to: number,
  take: 'median' | 'mean' = 'median',
): Drift | null {
  const size = Math.max(1, Math.ceil((to - from) / MOST_BINS))
  const bins = Array.from({ length: Math.floor((to - from) / size) }, (): number[] => [])
  for (const { second, value } of values) bins[Math.floor((second - from) / size)]?.push(value)
  const points = bins.flatMap((bin, i) =>
    bin.length === 0 ? [] : [{ time: (i + 0.5) * size, value: take === 'median' ? median(bin) : mean(bin) }],
  )
  const binned = points.map((point) => point.value)
  const level = points.length === 0 ? 0 : median(binned)
  if (points.length < FEWEST_BINS || level <= 0) return null
  const { p, slope, slopes, sd } = mannKendall(
    binned,
    points.map((point) => point.time),
  )
  const growth = (perSecond: number): number => (perSecond * (to - from)) / level
  const [lower, upper] = slopeBounds(slopes, sd, Z_95)
  return { proven: p < P_LIMIT, p, level, growth: growth(slope), lower: growth(lower), upper: growth(upper) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
