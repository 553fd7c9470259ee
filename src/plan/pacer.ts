import type { Arrivals } from '../domain/load-plan.ts'
import { type Random, seededRandom, unitExponential } from './random.ts'
import type { Timeline, TimelineSegment } from './timeline.ts'

/** A dealt share: of `count` lanes, the one with this `index` (0-based). */
export interface Lane {
  readonly index: number
  readonly count: number
}

/** How many of `total` things fall to a lane when they are dealt like cards. */
export function dealt(total: number, lane: Lane): number {
  return Math.max(0, Math.ceil((total - lane.index) / lane.count))
}

/**
 * The arrival times of one lane, in order.
 *
 * Arrival k of the whole load comes where the integral of the rate reaches a target: k itself for uniform arrivals
 * (the first at time 0), a sum of k + 1 unit exponentials for Poisson ones (time-rescaling of an inhomogeneous Poisson
 * process). Every lane walks this one sequence and keeps each count-th arrival, so the lanes add up to exactly the
 * same load whatever their number.
 *
 * Pure: it knows no clock. Rates are piecewise linear, so the integral is inverted in closed form.
 */
export class Pacer {
  /** Time of the next arrival in whole microseconds since the run's start; `Infinity` when none is left. */
  nextUs = 0
  /** Number of the next arrival in the whole load, 0-based. */
  k = -1

  readonly #lane: Lane
  readonly #exponential: Random | null
  #timeline: Timeline
  #segment = 0
  /** Integral of the rate from 0 to the start of the current segment. */
  #before = 0
  #target = 0

  constructor(timeline: Timeline, arrivals: Arrivals, seed: number, lane: Lane) {
    this.#timeline = timeline
    this.#lane = lane
    this.#exponential = arrivals === 'poisson' ? seededRandom(seed) : null
    this.advance()
  }

  /** Goes on to the next arrival. */
  advance(): void {
    do {
      this.k++
      this.#target = this.#exponential === null ? this.k : this.#target + unitExponential(this.#exponential)
    } while (this.k % this.#lane.count !== this.#lane.index)
    this.nextUs = this.#timeOf(this.#target)
  }

  /** Takes a new course from now on. Must not differ from the old one before the next arrival. */
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

function arrivalsIn({ startUs, endUs, fromLevel, toLevel }: TimelineSegment): number {
  return (((fromLevel + toLevel) / 2) * (endUs - startUs)) / 1e6
}

/** Seconds from the segment's start until its rate has brought this many arrivals: the root of a quadratic. */
function secondsTo({ startUs, endUs, fromLevel, toLevel }: TimelineSegment, arrivals: number): number {
  if (arrivals <= 0) return 0
  if (fromLevel === toLevel) return arrivals / fromLevel
  const slope = (toLevel - fromLevel) / ((endUs - startUs) / 1e6)
  // The form without cancellation, also for a slope near zero.
  return (2 * arrivals) / (fromLevel + Math.sqrt(Math.max(0, fromLevel * fromLevel + 2 * slope * arrivals)))
}
