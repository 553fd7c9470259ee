import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MixDealer } from '../../../src/plan/mix-dealer.ts'

const seed = fc.integer({ min: -(2 ** 40), max: 2 ** 40 })
const whole = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })
const fractions = fc.array(fc.double({ min: 0.01, max: 5, noNaN: true }), { minLength: 1, maxLength: 5 })
const dealt = (dealer: MixDealer, n: number, from = 0): { part: number; number: number }[] =>
  Array.from({ length: n }, (_, k) => dealer.deal(from + k))

describe('a mix', () => {
  test('keeps whole weights exactly in every block', () => {
    fc.assert(
      fc.property(whole, seed, fc.nat(300), (weights, s, block) => {
        const sum = weights.reduce((total, weight) => total + weight, 0)
        const parts = dealt(new MixDealer(weights, s), sum, block * sum).map(({ part }) => part)
        expect(weights.map((_, part) => parts.filter((one) => one === part).length)).toEqual(weights)
      }),
    )
  })

  test('deals the same to any number of generators, whatever they ask for first', () => {
    fc.assert(
      fc.property(fc.oneof(whole, fractions), seed, fc.integer({ min: 1, max: 5 }), (weights, s, lanes) => {
        const n = 700
        const alone = dealt(new MixDealer(weights, s), n)
        for (let lane = 0; lane < lanes; lane++) {
          const dealer = new MixDealer(weights, s)
          const own = Array.from({ length: n }, (_, k) => k).filter((k) => k % lanes === lane)
          // Arrivals that wait are dealt again when their turn comes.
          for (const k of [...own, ...own.filter((_, i) => i % 50 === 0)]) expect(dealer.deal(k)).toEqual(alone[k])
        }
      }),
      { numRuns: 30 },
    )
  })

  test('numbers the iterations of each part without a gap', () => {
    fc.assert(
      fc.property(fc.oneof(whole, fractions), seed, (weights, s) => {
        const next = weights.map(() => 0)
        for (const { part, number } of dealt(new MixDealer(weights, s), 600)) expect(number).toBe(next[part]!++)
      }),
      { numRuns: 30 },
    )
  })

  test('draws other weights in their proportion, and so whole ones of a pack too large to shuffle', () => {
    for (const weights of [
      [0.5, 1.5, 2],
      [10_000, 30_000, 40_000],
    ]) {
      const parts = dealt(new MixDealer(weights, 3), 40_000).map(({ part }) => part)
      const counts = weights.map((_, part) => parts.filter((one) => one === part).length)
      counts.forEach((count, part) => {
        const share = [0.125, 0.375, 0.5][part]!
        expect(Math.abs(count - 40_000 * share)).toBeLessThan(4.5 * Math.sqrt(40_000 * share * (1 - share)))
      })
    }
  })

  test('deals each block in an order of its own, which the seed decides', () => {
    const order = (s: number, block: number): string =>
      dealt(new MixDealer([8, 8], s), 16, block * 16)
        .map(({ part }) => part)
        .join('')
    expect(new Set([order(1, 0), order(1, 1), order(2, 0), order(2, 1)]).size).toBe(4)
  })
})
