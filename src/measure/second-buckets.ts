import { percentile } from '../domain/distribution.ts'
import type { SecondsLeg } from '../domain/load-leg.ts'
import type { SecondBucket } from '../domain/measurement.ts'
import type { BucketDelta } from '../pool/protocol.ts'
import { DistributionSum } from './distribution-sum.ts'
import type { TimeSpan } from './gaps.ts'

/** One second of all generators, without the phase, which is known only when the windows are, and what the plan says. */
export type Second = Omit<SecondBucket, 'phase' | 'withinSlo'> & { readonly withinSlo: number }

type OpenSecond = { -readonly [Key in keyof Second]: Second[Key] } & { latency: DistributionSum | null }

/**
 * The seconds of a load, of all generators together. A second keeps its latencies until it has settled and then only
 * their percentiles, so that a day of load holds 86,400 small objects whatever its rate. Later corrections change
 * counts, never percentiles.
 */
export class SecondBuckets {
  readonly #seconds = new Map<number, OpenSecond>()
  #settled = 0

  constructor(leg?: SecondsLeg) {
    this.#settled = leg?.settled ?? 0
    for (const { latency, ...second } of leg?.list ?? []) {
      const open: OpenSecond = { ...second, withinSlo: second.withinSlo ?? 0, latency: null }
      if (latency !== null) (open.latency = new DistributionSum()).add(latency)
      this.#seconds.set(second.second, open)
    }
  }

  /** Adds the events of one generator in one second. */
  add(delta: BucketDelta): void {
    const second = this.#open(delta.second)
    second.sent += delta.sent
    second.completed += delta.completed
    second.failed += delta.failed
    second.outputTokens += delta.outputTokens
    second.bytesReceived += delta.bytesReceived
    second.attempted += delta.attempted
    second.good += delta.good
    second.withinSlo += delta.withinSlo
    second.unsent += delta.unsent
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
    for (; this.#settled < before; this.#settled++) {
      const second = this.#seconds.get(this.#settled)
      if (second !== undefined) Object.assign(second, withPercentiles(second), { latency: null })
    }
  }

  /** One second as it looks now; `null` when nothing is known of it. */
  at(index: number): Second | null {
    const second = this.#seconds.get(index)
    return second === undefined ? null : withPercentiles(second)
  }

  /** All seconds in order. */
  list(): readonly Second[] {
    return this.#sorted().map(withPercentiles)
  }

  /** All seconds in order, with the latencies of those that have not settled. */
  leg(): SecondsLeg {
    const list = this.#sorted().map((second) => ({ ...second, latency: second.latency?.total() ?? null }))
    return { settled: this.#settled, list }
  }

  #sorted(): readonly OpenSecond[] {
    return [...this.#seconds.values()].sort((a, b) => a.second - b.second)
  }

  #open(index: number): OpenSecond {
    let second = this.#seconds.get(index)
    if (second === undefined) {
      second = {
        second: index,
        sent: 0,
        completed: 0,
        failed: 0,
        outputTokens: 0,
        bytesReceived: 0,
        latencyP50Us: null,
        latencyP99Us: null,
        usersActive: 0,
        queued: 0,
        attempted: 0,
        good: 0,
        withinSlo: 0,
        unsent: 0,
        latency: null,
      }
      this.#seconds.set(index, second)
    }
    return second
  }
}

function withPercentiles({ latency, ...second }: OpenSecond): Second {
  const total = latency?.total() ?? null
  if (total === null) return second
  return { ...second, latencyP50Us: percentile(total, 50), latencyP99Us: percentile(total, 99) }
}

/** Median latencies of the seconds that lie wholly inside one of the parts. */
export function mediansIn(seconds: readonly Second[], parts: readonly TimeSpan[]): number[] {
  return seconds
    .filter(({ second }) => parts.some((part) => second * 1e6 >= part.startUs && (second + 1) * 1e6 <= part.endUs))
    .flatMap(({ latencyP50Us }) => latencyP50Us ?? [])
}
