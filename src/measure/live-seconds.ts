import { type Distribution, EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import { type OutcomeCounts, NO_OUTCOMES, addOutcomes } from '../domain/measurement.ts'
import type { GeneratorDelta } from '../pool/protocol.ts'
import { DistributionSum } from './distribution-sum.ts'

/** One whole second of a running load: what all generators together reported at its end. */
export interface LiveSecond {
  /** Seconds since the run's start. */
  readonly second: number
  /** Iterations that ended, and arrivals that were given up, in this second, in all phases. */
  readonly outcomes: OutcomeCounts
  /** Of good answers; empty without any. */
  readonly latency: Distribution
  /** Of response bodies, also of answers that have not ended. */
  readonly bytesReceived: number
  /** Requests in flight and arrivals that wait, at its end. */
  readonly backlog: number
}

interface OpenSecond {
  outcomes: OutcomeCounts
  readonly latency: DistributionSum
  bytesReceived: number
  backlog: number
}

/**
 * Merges the deltas of all generators into whole seconds while the load runs, for decisions that cannot wait for its
 * end. A second comes out once every generator that still runs has reported past it, and is then forgotten.
 */
export class LiveSeconds {
  /** Whole seconds that each generator has reported; absent when it has gone. */
  readonly #heard = new Map<number, number>()
  readonly #open = new Map<number, OpenSecond>()
  #next = 0
  /** Seconds that the generators which have gone knew of. */
  #ended = 0

  constructor(generators: number) {
    for (let index = 0; index < generators; index++) this.#heard.set(index, 0)
  }

  add(delta: GeneratorDelta): void {
    const heard = this.#heard.get(delta.index)
    if (heard === undefined) return
    // A report comes up to some milliseconds after the second that it is about.
    const until = Math.max(heard, Math.round(delta.atUs / 1e6))
    const second = this.#openAt(Math.max(heard, until - 1))
    for (const { level, outcomes, distributions } of delta.series) {
      if (level !== 'iteration') continue
      second.outcomes = addOutcomes(second.outcomes, outcomes)
      if (distributions.latency !== undefined) second.latency.add(distributions.latency)
    }
    for (const { level, bytesReceived } of delta.buckets)
      if (level === 'iteration') second.bytesReceived += bytesReceived
    for (let index = heard; index < until; index++) this.#openAt(index).backlog += delta.inFlight + delta.queued
    if (delta.final) this.#leave(delta.index, until)
    else this.#heard.set(delta.index, until)
  }

  /** The generator was given up: no second waits for it. */
  lost(generator: number): void {
    this.#leave(generator, this.#heard.get(generator) ?? 0)
  }

  /** The seconds that have become whole since the last call, in order. */
  take(): LiveSecond[] {
    const until = this.#heard.size > 0 ? Math.min(...this.#heard.values()) : this.#ended
    const whole: LiveSecond[] = []
    for (; this.#next < until; this.#next++) {
      const { latency, ...counts } = this.#openAt(this.#next)
      whole.push({ second: this.#next, ...counts, latency: latency.total() ?? EMPTY_DISTRIBUTION })
      this.#open.delete(this.#next)
    }
    return whole
  }

  #leave(generator: number, heard: number): void {
    this.#heard.delete(generator)
    this.#ended = Math.max(this.#ended, heard)
  }

  /** Late news of a second that has come out joins the next one. */
  #openAt(index: number): OpenSecond {
    const second = Math.max(index, this.#next)
    let open = this.#open.get(second)
    if (open === undefined) {
      open = { outcomes: NO_OUTCOMES, latency: new DistributionSum(), bytesReceived: 0, backlog: 0 }
      this.#open.set(second, open)
    }
    return open
  }
}
