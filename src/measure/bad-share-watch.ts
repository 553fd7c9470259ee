/*
 * Has the share of bad requests been over a limit for a while? (`abortOn` by error rate or percentile)
 *
 * A percentile at or over its limit says the same as a share: p99 is, when more than 1 % of the requests were that slow
 * or had no good answer at all. A breach takes three things:
 *  - the requests that ended in the window exclude the limit: so many bad ones would come by chance in under 1 % of
 *    windows if the share were at the limit (exact binomial), and there were at least ten requests;
 *  - the share is over the limit in each of up to five parts of the window, so that it has lasted: two bad seconds out of
 *    ten are none. A part holds at least ten requests; where fewer come, parts are longer and there are fewer of them;
 *  - the window is full, and the share was over the limit in its oldest second already.
 * Fails for: requests that never end, which are in no window before their time limit has run out.
 */
import { binomialCdf } from '../stats/binomial.ts'

const CHANCE = 0.01
const PARTS = 5
const PART_REQUESTS = 10

/** Bad requests among all that ended. */
export interface BadShare {
  readonly n: number
  readonly bad: number
}

/** Watches a share over the last seconds. */
export class BadShareWatch {
  readonly #size: number
  readonly #limit: number
  #seconds: BadShare[] = []

  /**
   * @param seconds length of the window
   * @param limit share that may be bad, from 0, under 1
   */
  constructor(seconds: number, limit: number) {
    this.#size = seconds
    this.#limit = limit
  }

  /** Takes the next second; the share of the window where it breaks the limit, `null` otherwise. */
  take(second: BadShare): BadShare | null {
    this.#seconds.push(second)
    if (this.#seconds.length > this.#size) this.#seconds.shift()
    if (this.#seconds.length < this.#size) return null
    const parts = this.#parts()
    const over = ({ n, bad }: BadShare): boolean => n === 0 || bad > this.#limit * n
    if (parts.length === 0 || ![this.#seconds[0]!, ...parts].every(over)) return null
    const whole = added(this.#seconds)
    const byChance = 1 - binomialCdf(whole.bad - 1, whole.n, this.#limit)
    return byChance < CHANCE ? whole : null
  }

  /** From the newest second back; what is left over at the old end joins the oldest part. */
  #parts(): BadShare[] {
    const parts: BadShare[] = []
    let open: BadShare[] = []
    for (const second of this.#seconds.toReversed()) {
      open.push(second)
      if (open.length * PARTS < this.#size || added(open).n < PART_REQUESTS) continue
      parts.push(added(open))
      open = []
    }
    const last = parts.pop()
    return last === undefined ? [] : [...parts, added([last, ...open])]
  }
}

function added(seconds: readonly BadShare[]): BadShare {
  return {
    n: seconds.reduce((total, { n }) => total + n, 0),
    bad: seconds.reduce((total, { bad }) => total + bad, 0),
  }
}
