/*
 * How steep is a trend? Theil and Sen's slope: the median of the slopes of all pairs of points (Theil 1950; Sen, JASA 63,
 * 1968). Up to 29 % of the points may be wild before it follows them.
 * Interval: by rank among those slopes. Kendall's S of the residuals is 0 at the true slope and has a known variance, so
 * that (N - z sd) / 2 slopes lie below the lower bound, N being their number (Sen 1968, section 6).
 * Assumes: points in time order, errors of like distribution. Fails for: curves, whose one slope is an average; several
 * points at one time add no slopes.
 * Cost: n^2; give it at most some hundred points.
 */

/** The slopes of all pairs of points, ascending. `times` must ascend; the unit of a slope is value per unit of time. */
export function pairSlopes(times: readonly number[], values: readonly number[]): Float64Array {
  const slopes = new Float64Array((values.length * (values.length - 1)) / 2)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      const apart = times[j]! - times[i]!
      if (apart > 0) slopes[count++] = (values[j]! - values[i]!) / apart
    }
  }
  return slopes.subarray(0, count).sort()
}

/** Theil and Sen's slope: the middle one of ascending slopes; 0 when there are none. */
export function theilSenSlope(slopes: Float64Array): number {
  if (slopes.length === 0) return 0
  const middle = (slopes.length - 1) / 2
  return (slopes[Math.floor(middle)]! + slopes[Math.ceil(middle)]!) / 2
}

/**
 * Bounds of the slope.
 * @param slopes ascending, of all pairs
 * @param sd standard deviation of Kendall's S, corrected for ties and autocorrelation
 * @param z quantile of the standard normal distribution: 1.645 for one-sided 95 % bounds
 * @returns infinite ones where there are too few points
 */
export function slopeBounds(slopes: Float64Array, sd: number, z: number): readonly [lower: number, upper: number] {
  const below = Math.floor((slopes.length - z * sd) / 2)
  if (below < 1) return [-Infinity, Infinity]
  return [slopes[below - 1]!, slopes[slopes.length - below]!]
}
