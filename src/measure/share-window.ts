import { badCount } from '../domain/abort-rule.ts'
import { mergeDistributions, nearestRank, valueAtRank } from '../domain/distribution.ts'
import { type BadShare, BadShareWatch } from './bad-share-watch.ts'
import type { LiveSecond } from './live-seconds.ts'

/** A percentile of the latency, as a limit on the share of requests that may be so slow. */
export interface SlowLimit {
  readonly percent: number
  readonly limitUs: number
}

/** Requests of the last seconds against a limit. */
export interface WindowShare extends BadShare {
  /** Whether they break the limit: too many for chance, and for all of the time. See {@link BadShareWatch}. */
  readonly isBroken: boolean
  /** Whether those of the newest second alone are over it. */
  readonly isOverNow: boolean
}

/** Keeps the last seconds of a load, for a limit on its error rate or on a percentile of its latency. */
export class ShareWindow {
  readonly #watch: BadShareWatch
  readonly #size: number
  readonly #limit: number
  readonly #slow: SlowLimit | null
  readonly #seconds: (BadShare & { readonly latency: LiveSecond['latency'] })[] = []

  /**
   * @param seconds length of the window
   * @param limit share that may be bad, from 0, under 1; or the percentile that must be faster
   */
  constructor(seconds: number, limit: number | SlowLimit) {
    this.#size = seconds
    this.#slow = typeof limit === 'number' ? null : limit
    this.#limit = typeof limit === 'number' ? limit : 1 - limit.percent / 100
    this.#watch = new BadShareWatch(seconds, this.#limit)
  }

  /** Share of requests that may be bad. */
  get limit(): number {
    return this.#limit
  }

  /** Takes the next second. */
  take({ outcomes, latency }: LiveSecond): WindowShare {
    const limitUs = this.#slow?.limitUs ?? Infinity
    const slow = latency.counts.reduce((total, count, i) => total + (latency.values[i]! >= limitUs ? count : 0), 0)
    const second = { n: outcomes.attempted, bad: badCount(outcomes) + slow }
    this.#seconds.push({ ...second, latency })
    if (this.#seconds.length > this.#size) this.#seconds.shift()
    return {
      n: this.#seconds.reduce((total, { n }) => total + n, 0),
      bad: this.#seconds.reduce((total, { bad }) => total + bad, 0),
      isBroken: this.#watch.take(second) !== null,
      isOverNow: second.bad > this.#limit * second.n,
    }
  }

  /** The percentile that the limit is on, over the window; `null` where no good answer stands at its rank. */
  percentileUs(): number | null {
    if (this.#slow === null) return null
    const n = this.#seconds.reduce((total, second) => total + second.n, 0)
    return valueAtRank(
      mergeDistributions(this.#seconds.map(({ latency }) => latency)),
      nearestRank(n, this.#slow.percent),
    )
  }
}
