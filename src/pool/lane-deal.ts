import { type LoadPlan, mostUsers } from '../domain/load-plan.ts'
import { iterationShare } from '../plan/iteration-share.ts'
import { dealt, type Lane } from '../plan/pacer.ts'
import type { GeneratorDelta, TakeOver } from './protocol.ts'

/** What a generator carries, and what it has told of it. */
interface Hand {
  lanes: readonly Lane[]
  /** Iterations that it was given; `null` where the load ends by time. */
  iterations: number | null
  /** Iterations that have ended: all of them, and those of the measured windows. */
  ended: number
  measured: number
  last: GeneratorDelta | null
}

/** A part for a survivor; `sinceUs` counts from the run's start. */
export interface DealtPart {
  readonly survivor: number
  readonly takeOver: TakeOver
}

/**
 * Who carries which part of a load. The lanes of a lost generator are dealt on to the survivors, card by card, which
 * keeps every arrival and every user in exactly one hand.
 */
export class LaneDeal {
  readonly #plan: LoadPlan
  readonly #hands: readonly Hand[]

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.#hands = Array.from({ length: plan.generators }, (_, index) => {
      const lane = { index, count: plan.generators }
      return { lanes: [lane], iterations: iterationShare(plan.profile, lane), ended: 0, measured: 0, last: null }
    })
  }

  heard(delta: GeneratorDelta): void {
    const hand = this.#hands[delta.index]!
    for (const { level, window, outcomes } of delta.series) {
      if (level !== 'iteration') continue
      hand.ended += outcomes.attempted
      if (window >= 0) hand.measured += outcomes.attempted
    }
    hand.last = delta
  }

  /** Deals what a lost generator had to the survivors, at least one. */
  lose(generator: number, survivors: readonly number[]): readonly DealtPart[] {
    const { lanes, iterations, ended, measured, last } = this.#hands[generator]!
    const unfinished = (last?.inFlight ?? 0) + (last?.queued ?? 0)
    const parts = survivors.flatMap((survivor, i) =>
      lanes.map(({ index, count }) => ({
        survivor,
        part: { index: index + count * i, count: count * survivors.length },
      })),
    )
    // What was running used up iterations too, once these were counted.
    const used = measured + (last !== null && last.windows.length > 0 ? unfinished : 0)
    const shares = shared(
      Math.max(0, (iterations ?? 0) - used),
      parts.map(({ part }) => dealt(mostUsers(this.#plan), part)),
    )
    return parts.map(({ survivor, part }, i) => {
      const hand = this.#hands[survivor]!
      const share = iterations === null ? null : shares[i]!
      hand.lanes = [...hand.lanes, part]
      if (share !== null) hand.iterations! += share
      return {
        survivor,
        takeOver: {
          kind: 'take-over',
          generator,
          part,
          sinceUs: last?.atUs ?? 0,
          unfinished: i === 0 ? unfinished : 0,
          iterations: share,
          started: Math.ceil((ended + unfinished) / parts.length),
        },
      }
    })
  }
}

/** Shares a whole number by weights, without rest; nothing falls to a weight of 0. */
function shared(total: number, weights: readonly number[]): number[] {
  let left = total
  let weightLeft = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => {
    const share = weight === 0 ? 0 : Math.min(left, Math.ceil((left * weight) / weightLeft))
    left -= share
    weightLeft -= weight
    return share
  })
}
