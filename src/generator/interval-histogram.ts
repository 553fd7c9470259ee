import type { Distribution } from '../domain/distribution.ts'

/** Largest recorded value: one hour in microseconds. Larger ones are counted there. */
export const HIGHEST_VALUE = 3_600_000_000

/** Below this, three significant digits are exact: HdrHistogram's sub-bucket count for 3 digits, 2^11. */
const EXACT_BELOW = 2048

/**
 * The upper end of the HdrHistogram bucket (3 significant digits, unit 1) that holds a value: what
 * `highestEquivalentValue` of hdr-histogram-js returns.
 */
export function bucketValue(value: number): number {
  if (value < EXACT_BELOW) return value
  if (value < 2 ** 31) {
    const shift = 21 - Math.clz32(value)
    return value | ((1 << shift) - 1)
  }
  // The one power of two between 2^31 and an hour.
  const size = 2 ** 21
  return Math.floor(value / size) * size + size - 1
}

/**
 * Values of one interval (about a second), emptied when drained. Holds a count per bucket that was hit instead of all
 * buckets: draining costs what was recorded, not the 23,000 buckets that an hour spans.
 */
export class IntervalHistogram {
  readonly #counts = new Map<number, number>()
  #n = 0
  #min = Infinity
  #max = 0
  #sum = 0
  #sumOfSquares = 0

  /** Records an integer from 0; larger than {@link HIGHEST_VALUE} counts as that. */
  record(value: number): void {
    const clamped = value > HIGHEST_VALUE ? HIGHEST_VALUE : value < 0 ? 0 : value
    const bucket = bucketValue(clamped)
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#n++
    if (clamped < this.#min) this.#min = clamped
    if (clamped > this.#max) this.#max = clamped
    this.#sum += clamped
    this.#sumOfSquares += clamped * clamped
  }

  /** What was recorded since the last call; `null` for nothing. */
  drain(): Distribution | null {
    if (this.#n === 0) return null
    // A typed array sorts as numbers without a comparator; every bucket fits 32 bits.
    const values = Array.from(Uint32Array.from(this.#counts.keys()).sort())
    const drained = {
      values,
      counts: values.map((value) => this.#counts.get(value)!),
      n: this.#n,
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      sumOfSquares: this.#sumOfSquares,
    }
    this.#counts.clear()
    this.#n = 0
    this.#min = Infinity
    this.#max = 0
    this.#sum = 0
    this.#sumOfSquares = 0
    return drained
  }
}
