import type { Arrivals, OpenLoadPlan } from '../domain/load-plan.ts'
import { unitGamma, seededRandom, unitExponential } from '../domain/random.ts'
import { arrivalsIn, secondsTo } from './rate-law.ts'
import type { Timeline } from './timeline.ts'
import { TracePacer } from './trace-pacer.ts'

/** A dealt share: of `count` lanes, the one with this `index` (0-based). */
export interface Lane {
  readonly index: number
  readonly count: number
}

/** How many of `total` things fall to a lane when they are dealt like cards. */
export function dealt(total: number, lane: Lane): number {
  return Math.max(0, Math.ceil((total - lane.index) / lane.count))
}

/** The arrival times of one lane, in order. Pure: it knows no clock. */
export interface ArrivalTimes {
  /** Time of the next arrival in whole microseconds since the run's start; `Infinity` when none is left. */
  readonly nextUs: number
  /** Number of the next arrival in the whole load, 0-based. */
  readonly k: number
  /** Goes on to the next arrival. */
  advance(): void
  /** Takes a new course from now on. Must not differ from the old one before the next arrival. */
  retime(timeline: Timeline): void
}

/**
 * Arrivals at a rate, or in bursts.
 *
 * Arrival k of the whole load comes where the integral of the rate reaches a target: k itself for uniform arrivals
 * (the first at time 0), a sum of k + 1 unit exponentials for Poisson ones (time-rescaling of an inhomogeneous Poisson
 * process), of gamma draws with mean 1 for gamma ones. Every lane walks this one sequence and keeps each count-th
 * arrival, so the lanes add up to exactly the same load whatever their number.
 */
export class Pacer implements ArrivalTimes {
  nextUs = 0
  k = -1

  readonly #lane: Lane
  /** Draws what the integral grows by from one arrival to the next; `null` for even arrivals. */
  readonly #gap: (() => number) | null
  #timeline: Timeline
  #segment = 0
  /** Integral of the rate from 0 to the start of the current segment. */
  #before = 0
  #target = 0

  constructor(timeline: Timeline, arrivals: Arrivals, seed: number, lane: Lane, burstiness = 1) {
    this.#timeline = timeline
    this.#lane = lane
    this.#gap = gapOf(arrivals, seed, burstiness)
    this.advance()
  }

  advance(): void {
    do {
      this.k++
      this.#target = this.#gap === null ? this.k : this.#target + this.#gap()
    } while (this.k % this.#lane.count !== this.#lane.index)
    this.nextUs = this.#timeOf(this.#target)
  }

  retime(timeline: Timeline): void {
    this.#timeline = timeline
    this.#segment = 0
    this.#before = 0
    this.nextUs = this.#timeOf(this.#target)
  }

  #timeOf(target: number): number {
    for (;;) {
      const segment = this.#timeline.segments[this.#segment]
      if (segment === undefined) return Infinity
      const arrivals = arrivalsIn(segment)
      if (target < this.#before + arrivals) {
        const us = Math.round(segment.startUs + 1e6 * secondsTo(segment, target - this.#before))
        return us < this.#timeline.endUs ? us : Infinity
      }
      this.#before += arrivals
      this.#segment++
    }
  }
}

/** The pacer of a profile. */
export function pacerOf(profile: OpenLoadPlan, timeline: Timeline, seed: number, lane: Lane): ArrivalTimes {
  if (profile.executor === 'trace-arrivals') return new TracePacer(profile.times!, lane)
  if (profile.executor === 'burst-arrivals') return new Pacer(timeline, 'uniform', seed, lane)
  return new Pacer(timeline, profile.arrivals, seed, lane, profile.burstiness)
}

function gapOf(arrivals: Arrivals, seed: number, burstiness: number): (() => number) | null {
  if (arrivals === 'uniform') return null
  const random = seededRandom(seed)
  return arrivals === 'poisson' ? () => unitExponential(random) : () => unitGamma(random, burstiness)
}
