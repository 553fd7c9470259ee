import { percentile } from '../domain/distribution.ts'
import type { SecondBucket } from '../domain/measurement.ts'
import type { BucketDelta } from '../pool/protocol.ts'
import { DistributionSum } from './distribution-sum.ts'

/** One second of all generators, without the phase, which is known only when the windows are. */
export type Second = Omit<SecondBucket, 'phase'>

type OpenSecond = { -readonly [Key in keyof Second]: Second[Key] } & { latency: DistributionSum | null }

/**
 * The seconds of a load, of all generators together. A second keeps its latencies until it has settled and then only
 * their percentiles, so that a day of load holds 86,400 small objects whatever its rate. Later corrections change
 * counts, never percentiles.
 */
export class SecondBuckets {
  readonly #seconds: OpenSecond[] = []
  #settled = 0

  /** Adds the events of one generator in one second. */
  add(delta: BucketDelta): void {
    const second = this.#open(delta.second)
    second.sent += delta.sent
    second.completed += delta.completed
    second.failed += delta.failed
    second.outputTokens += delta.outputTokens
    second.bytesReceived += delta.bytesReceived
    if (delta.latency !== null && delta.second >= this.#settled) {
      second.latency ??= new DistributionSum()
      second.latency.add(delta.latency)
    }
  }

  /** Adds one generator's users and queue to the seconds from `from` up to, not including, `to`. */
  addState(from: number, to: number, usersActive: number, queued: number): void {
    for (let index = from; index < to; index++) {
      const second = this.#open(index)
      second.usersActive += usersActive
      second.queued += queued
    }
  }

  /** Seconds before this one get no more latencies. */
  settle(before: number): void {
    for (; this.#settled < Math.min(before, this.#seconds.length); this.#settled++) {
      const second = this.#seconds[this.#settled]!
      Object.assign(second, withPercentiles(second))
      second.latency = null
    }
  }

  /** One second as it looks now; `null` when nothing is known of it. */
  at(index: number): Second | null {
    const second = this.#seconds[index]
    return second === undefined ? null : withPercentiles(second)
  }

  /** All seconds in order, without gaps from 0. */
  list(): readonly Second[] {
    return this.#seconds.map(withPercentiles)
  }

  #open(index: number): OpenSecond {
    while (this.#seconds.length <= index) {
      this.#seconds.push({
        second: this.#seconds.length,
        sent: 0,
        completed: 0,
        failed: 0,
        outputTokens: 0,
        bytesReceived: 0,
        latencyP50Us: null,
        latencyP99Us: null,
        usersActive: 0,
        queued: 0,
        latency: null,
      })
    }
    return this.#seconds[index]!
  }
}

function withPercentiles({ latency, ...second }: OpenSecond): Second {
  const total = latency?.total() ?? null
  if (total === null) return second
  return { ...second, latencyP50Us: percentile(total, 50), latencyP99Us: percentile(total, 99) }
}
