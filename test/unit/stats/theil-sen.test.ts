import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairSlopes, slopeBounds, theilSenSlope } from '../../../src/stats/theil-sen.ts'

const slopeOf = (times: readonly number[], values: readonly number[]): number =>
  theilSenSlope(pairSlopes(times, values))

test('a line has its own slope, whatever the spacing of the points', () => {
  expect(slopeOf([0, 1, 2, 10], [5, 7, 9, 25])).toBe(2)
})

test('two wild points of seven do not move the slope', () => {
  expect(slopeOf([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 400, 5, -600, 7])).toBe(1)
})

// Sen's own data (1968); expected values: scipy.stats.theilslopes(x, t, 0.9).
test('slope and bounds as an independent implementation has them', () => {
  const slopes = pairSlopes([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78])
  const sd = Math.sqrt((7 * 6 * 19) / 18)
  expect(theilSenSlope(slopes)).toBe(4)
  const [lower, upper] = slopeBounds(slopes, sd, 1.645)
  expect(lower).toBeCloseTo(3.75, 12)
  expect(upper).toBeCloseTo(4.181818181818182, 12)
})

test('points at one time add no slope, and no points have slope 0', () => {
  expect(slopeOf([1, 1, 2], [0, 5, 7])).toBe(4.5)
  expect(slopeOf([1, 1], [0, 5])).toBe(0)
})

test('too few points have no bounds', () => {
  expect(slopeBounds(pairSlopes([1, 2, 3], [1, 2, 3]), 5, 1.645)).toEqual([-Infinity, Infinity])
})

test('moving and stretching the data moves and stretches nothing but the slope', () => {
  const value = fc.integer({ min: -1000, max: 1000 })
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 2, maxLength: 30 }),
      value,
      fc.integer({ min: 1, max: 9 }),
      (values, a, b) => {
        const times = values.map((_, i) => i)
        const moved = values.map((one, i) => a + b * one + 3 * i)
        expect(slopeOf(times, moved)).toBeCloseTo(b * slopeOf(times, values) + 3, 8)
      },
    ),
  )
})
