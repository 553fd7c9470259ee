import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { LoadPlan, ProfilePlan } from '../../../src/domain/load-plan.ts'
import { LaneDeal } from '../../../src/pool/lane-deal.ts'
import type { GeneratorDelta } from '../../../src/pool/protocol.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { delta, series } from '../measure/builders.ts'

const shared = (iterations: number, count = 4): ProfilePlan => ({
  executor: 'shared-iterations',
  users: count,
  iterations,
  thinkTime: null,
  maxDurationUs: 60 * SECOND,
})

const dealOf = (profile: ProfilePlan, generators: number): LaneDeal => new LaneDeal(loadPlan(profile, { generators }))

/** A report of iterations that ended in the window, with others in flight. */
const told = (index: number, attempted: number, changes: Partial<GeneratorDelta> = {}): GeneratorDelta =>
  delta(0, {
    index,
    series: [series({ outcomes: { ...NO_OUTCOMES, attempted, good: attempted } })],
    windows: [{ window: 0, startUs: 0, endUs: null }],
    ...changes,
  })

describe('what a lost generator had', () => {
  test('is dealt on to the survivors so that every arrival stays in exactly one hand, also after several losses', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }).chain((count) =>
          fc.record({
            count: fc.constant(count),
            losses: fc.shuffledSubarray(
              Array.from({ length: count }, (_, i) => i),
              { minLength: 1, maxLength: count - 1 },
            ),
          }),
        ),
        ({ count, losses }) => {
          const deal = dealOf(arrivals(100, SECOND, { maxUsers: 1000 }), count)
          const hands = Array.from({ length: count }, (_, index) => [{ index, count }])
          let living = hands.map((_, index) => index)
          for (const lost of losses) {
            living = living.filter((index) => index !== lost)
            hands[lost] = []
            for (const { survivor, takeOver } of deal.lose(lost, living)) hands[survivor]!.push(takeOver.part)
          }
          const carriers = Array.from<number>({ length: 1000 }).fill(0)
          for (const { index, count: step } of hands.flat())
            for (let k = index; k < carriers.length; k += step) carriers[k]!++
          expect(carriers.every((times) => times === 1)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('comes with what is known of it', () => {
    const deal = dealOf(arrivals(100, SECOND), 3)
    deal.heard(told(1, 30, { atUs: 2_001_000, inFlight: 4, queued: 2 }))
    expect(deal.lose(1, [0, 2])).toEqual([
      {
        survivor: 0,
        takeOver: {
          kind: 'take-over',
          generator: 1,
          part: { index: 1, count: 6 },
          sinceUs: 2_001_000,
          unfinished: 6,
          iterations: null,
          started: 18,
        },
      },
      {
        survivor: 2,
        takeOver: {
          kind: 'take-over',
          generator: 1,
          part: { index: 4, count: 6 },
          sinceUs: 2_001_000,
          unfinished: 0,
          iterations: null,
          started: 18,
        },
      },
    ])
  })

  test.each<[string, ProfilePlan, number]>([
    ['shared', shared(101), 101],
    ['of each user', { ...shared(0), executor: 'per-vu-iterations', iterationsPerUser: 9 } as LoadPlan['profile'], 36],
  ])('iterations %s: what ended, what was running and what is dealt on are what was asked', (_name, profile, asked) => {
    const deal = dealOf(profile, 3)
    deal.heard(told(1, 5, { inFlight: 1 }))
    const parts = deal.lose(1, [0, 2]).map(({ takeOver }) => takeOver)
    const dealtOn = parts.reduce((total, part) => total + part.iterations!, 0)
    const share = profile.executor === 'shared-iterations' ? 34 : 9
    expect(dealtOn + 5 + 1).toBe(share)
    // Lost once more, what the second one was given goes on too.
    const again = deal.lose(2, [0]).reduce((total, { takeOver }) => total + takeOver.iterations!, 0)
    const own = profile.executor === 'shared-iterations' ? 33 : 9
    expect(again).toBe(own + parts[1]!.iterations!)
    expect(asked).toBe(share + own + (profile.executor === 'shared-iterations' ? 34 : 18))
  })

  test('iterations go only where a user is left to do them', () => {
    const deal = dealOf(shared(100, 4), 4)
    // User 3 alone: of the parts 3, 7 and 11 of 12 only the first has it.
    expect(deal.lose(3, [0, 1, 2]).map(({ takeOver }) => takeOver.iterations)).toEqual([25, 0, 0])
  })

  test('of users who come and go has no count', () => {
    expect(dealOf(users(10, SECOND), 2).lose(0, [1])[0]!.takeOver.iterations).toBeNull()
  })
})
