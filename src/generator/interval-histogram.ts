import type { Distribution } from '../domain/distribution.ts'

/** Largest recorded value: one hour in microseconds. Larger ones are counted there. */
export const HIGHEST_VALUE = 3_600_000_000

/** Below this, three significant digits are exact: HdrHistogram's sub-bucket count for 3 digits, 2^11. */
const EXACT_BELOW = 2048
/** Buckets for each further power of two. */
const PER_POWER = 1024
/** Buckets that are made and looked through together. */
const PAGE = 256
const PAGES: number = Math.floor(bucketIndex(HIGHEST_VALUE) / PAGE) + 1

/**
 * The upper end of the HdrHistogram bucket (3 significant digits, unit 1) that holds a value: what
 * `highestEquivalentValue` of hdr-histogram-js returns.
 */
export function bucketValue(value: number): number {
  return valueAt(bucketIndex(value))
}

/** Number of the bucket that holds an integer from 0 to {@link HIGHEST_VALUE}, below 2^32. */
function bucketIndex(value: number): number {
  if (value < EXACT_BELOW) return value
  // Math.clz32 reads the bits as unsigned, so that this holds above 2^31 too.
  const shift = 21 - Math.clz32(value)
  return shift * PER_POWER + (value >>> shift)
}

function valueAt(index: number): number {
  if (index < EXACT_BELOW) return index
  const shift = Math.floor(index / PER_POWER) - 1
  return (index - shift * PER_POWER + 1) * 2 ** shift - 1
}

/**
 * Values of one interval (about a second), emptied when drained. Buckets are made in pages when they are first hit:
 * recording is one increment, and draining costs the pages that were used instead of the 23,000 buckets of an hour.
 */
export class IntervalHistogram {
  readonly #pages: (Uint32Array | undefined)[] = Array.from({ length: PAGES })
  #n = 0
  #min = Infinity
  #max = 0
  #sum = 0
  #sumOfSquares = 0

  /** Records an integer from 0; larger than {@link HIGHEST_VALUE} counts as that. */
  record(value: number): void {
    const clamped = value > HIGHEST_VALUE ? HIGHEST_VALUE : value < 0 ? 0 : value
    const index = bucketIndex(clamped)
    const page = (this.#pages[index >>> 8] ??= new Uint32Array(PAGE))
    page[index & (PAGE - 1)]!++
    this.#n++
    if (clamped < this.#min) this.#min = clamped
    if (clamped > this.#max) this.#max = clamped
    this.#sum += clamped
    this.#sumOfSquares += clamped * clamped
  }

  /** What was recorded since the last call; `null` for nothing. */
  drain(): Distribution | null {
    if (this.#n === 0) return null
    const values: number[] = []
    const counts: number[] = []
    for (let number = 0; number < PAGES; number++) {
      const page = this.#pages[number]
      if (page === undefined) continue
      for (let i = 0; i < PAGE; i++) {
        const count = page[i]!
        if (count === 0) continue
        values.push(valueAt(number * PAGE + i))
        counts.push(count)
        page[i] = 0
      }
    }
    const drained = {
      values,
      counts,
      n: this.#n,
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      sumOfSquares: this.#sumOfSquares,
    }
    this.#n = 0
    this.#min = Infinity
    this.#max = 0
    this.#sum = 0
    this.#sumOfSquares = 0
    return drained
  }
}
