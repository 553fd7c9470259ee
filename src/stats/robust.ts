/*
 * Location and scale that a few wild values cannot move far.
 * MADN is the median absolute deviation times 1.4826, which estimates the standard deviation of normal data
 * (Hampel 1974). Fails for: fewer than about five values, where it is too small; data of which half are equal, where it
 * is 0.
 */

/** Middle value, or the mean of the two middle ones; `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Normalised median absolute deviation from the median. */
export function madn(values: readonly number[]): number {
  const centre = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)))
}

/** The values pulled in to the median +- `width` MADN. */
export function winsorise(values: readonly number[], width: number = 2.5): readonly number[] {
  const centre = median(values)
  const reach = width * madn(values)
  return values.map((value) => Math.min(centre + reach, Math.max(centre - reach, value)))
}
