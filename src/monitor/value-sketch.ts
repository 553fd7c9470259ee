import type { Distribution } from '../domain/distribution.ts'

/** Each bucket ends half a percent above where it begins. */
const RATIO = Math.log(1.005)

/** A distribution of values of unknown range in bounded memory: quantiles to half a percent, sums exact. */
export class ValueSketch {
  readonly #counts = new Map<number, number>()
  #n = 0
  #min = Infinity
  #max = -Infinity
  #sum = 0
  #sumOfSquares = 0

  add(value: number, weight: number): void {
    const bucket = value > 0 ? Math.ceil(Math.log(value) / RATIO) : -Infinity
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + weight)
    this.#n += weight
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
    this.#sum += value * weight
    this.#sumOfSquares += value * value * weight
  }

  distribution(): Distribution {
    const buckets = [...this.#counts].toSorted(([a], [b]) => a - b)
    return {
      values: buckets.map(([bucket]) => Math.min(this.#max, Math.exp(bucket * RATIO))),
      counts: buckets.map(([, count]) => count),
      n: this.#n,
      min: this.#n === 0 ? 0 : this.#min,
      max: this.#n === 0 ? 0 : this.#max,
      sum: this.#sum,
      sumOfSquares: this.#sumOfSquares,
    }
  }
}
