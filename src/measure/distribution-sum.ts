import type { Distribution } from '../domain/distribution.ts'

/** Adds distributions up in place; bounded by the number of distinct bucket values, not by the number of requests. */
export class DistributionSum {
  readonly #counts = new Map<number, number>()
  #n = 0
  #min = Infinity
  #max = -Infinity
  #sum = 0
  #sumOfSquares = 0

  add(part: Distribution): void {
    if (part.n === 0) return
    part.values.forEach((value, i) => this.#counts.set(value, (this.#counts.get(value) ?? 0) + part.counts[i]!))
    this.#n += part.n
    this.#min = Math.min(this.#min, part.min)
    this.#max = Math.max(this.#max, part.max)
    this.#sum += part.sum
    this.#sumOfSquares += part.sumOfSquares
  }

  /** Adds what another sum has so far. */
  addSum(other: DistributionSum): void {
    for (const [value, count] of other.#counts) this.#counts.set(value, (this.#counts.get(value) ?? 0) + count)
    this.#n += other.#n
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
    this.#sum += other.#sum
    this.#sumOfSquares += other.#sumOfSquares
  }

  /** What has been added so far; `null` when nothing. */
  total(): Distribution | null {
    if (this.#n === 0) return null
    const values = [...this.#counts.keys()].sort((a, b) => a - b)
    return {
      values,
      counts: values.map((value) => this.#counts.get(value)!),
      n: this.#n,
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      sumOfSquares: this.#sumOfSquares,
    }
  }
}
