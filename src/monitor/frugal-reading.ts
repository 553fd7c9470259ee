/** A reading whose cost grows with what is watched: done so rarely that it stays a small share of time. */
export class FrugalReading<Value> {
  readonly #read: () => Value
  readonly #atLeastMs: number
  readonly #share: number
  readonly #nowMs: () => number
  #dueMs = -Infinity

  /**
   * @param atLeastMs shortest time from one reading to the next
   * @param share most of the time that it may take, of 1
   */
  constructor(read: () => Value, atLeastMs: number, share: number, nowMs: () => number = () => performance.now()) {
    this.#read = read
    this.#atLeastMs = atLeastMs
    this.#share = share
    this.#nowMs = nowMs
  }

  /** Reads when it is time to; `null` when it is not. */
  take(): Value | null {
    const fromMs = this.#nowMs()
    if (fromMs < this.#dueMs) return null
    const value = this.#read()
    this.#dueMs = fromMs + Math.max(this.#atLeastMs, (this.#nowMs() - fromMs) / this.#share)
    return value
  }
}
