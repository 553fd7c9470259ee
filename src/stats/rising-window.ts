/*
 * Does a series rise over its last values by more than its own jumps explain?
 *
 * Method: Student's t of the mean increment, t = mean(d) / (s(d) / sqrt(w)) with w - 1 degrees of freedom. The mean
 * increment is the slope between the ends of the window. The series that it must not alarm on is a random walk, which a
 * queue near its capacity is: independent increments without drift. The t of a least-squares slope takes a random walk
 * for a trend more often than not. Series that swing around a level have increments that cancel out, so that the test is
 * conservative for them.
 * Cost: constant per value, whatever the window. Give it whole numbers: their sums stay exact over days.
 */
import { studentTUpperTail } from './student-t.ts'

/** What a full window shows. */
export interface Rise {
  readonly from: number
  readonly to: number
  /** Half of the window's increments, in order of time: where the rise fell. */
  readonly firstHalf: number
  readonly secondHalf: number
  /** One-sided p value of a series without a rise; 0 when every increment is the same and over 0. */
  readonly p: number
}

/** The last `size` increments of a series. */
export class RisingWindow {
  readonly #size: number
  #values: number[] = []
  #squares = 0

  /** @param size from 2 */
  constructor(size: number) {
    this.#size = size
  }

  clear(): void {
    this.#values = []
    this.#squares = 0
  }

  /** Takes the next value; `null` until the window is full. */
  add(value: number): Rise | null {
    const last = this.#values.at(-1)
    if (last !== undefined) this.#squares += (value - last) ** 2
    this.#values.push(value)
    if (this.#values.length > this.#size + 1) {
      const oldest = this.#values.shift()!
      this.#squares -= (this.#values[0]! - oldest) ** 2
    }
    return this.#values.length > this.#size ? this.#rise() : null
  }

  #rise(): Rise {
    const size = this.#size
    const from = this.#values[0]!
    const to = this.#values[size]!
    const middle = this.#values[Math.floor(size / 2)]!
    const mean = (to - from) / size
    const variance = Math.max(0, this.#squares - size * mean * mean) / (size - 1)
    const p = variance > 0 ? studentTUpperTail(mean / Math.sqrt(variance / size), size - 1) : mean > 0 ? 0 : 1
    return { from, to, firstHalf: middle - from, secondHalf: to - middle, p }
  }
}
