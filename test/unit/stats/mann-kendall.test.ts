import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mannKendall } from '../../../src/stats/mann-kendall.ts'

// Expected values: an independent NumPy computation of the same formulas.
test('a clear rise with ties is a trend', () => {
  const values = [
    12, 14, 13, 15, 17, 16, 16, 18, 17, 19, 22, 21, 20, 19, 18, 20, 23, 25, 24, 26, 25, 23, 22, 24, 27, 28, 30, 29, 27,
    26,
  ]
  const { p, slope } = mannKendall(values)
  expect(slope).toBeCloseTo(0.5384615384615384, 12)
  expect(Math.abs(p / 7.690876493023991e-6 - 1)).toBeLessThan(1e-6)
})

test('autocorrelation raises the p value', () => {
  const wave = [5, 6, 7, 7, 6, 5, 4, 3, 3, 4, 5, 6, 8, 8, 7, 6, 5, 4, 4, 3, 4, 5, 6, 7, 8, 8, 7, 6, 6, 5]
  // 0.456 without the correction.
  expect(mannKendall(wave).p).toBeCloseTo(0.6735688870245499, 8)
})

test.each([[[]], [[1, 2, 3]], [[4, 4, 4, 4, 4, 4]]])('no trend can be told from %j', (values) => {
  expect(mannKendall(values).p).toBe(1)
})

test('reversing time turns the slope around and keeps the p value', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 40 }), (values) => {
      const forth = mannKendall(values)
      // Other slopes leave residuals that rounding ties in one direction of time and not in the other.
      fc.pre(Number.isInteger(4 * forth.slope))
      const back = mannKendall(values.toReversed())
      expect(back.slope).toBeCloseTo(-forth.slope, 10)
      expect(back.p).toBeCloseTo(forth.p, 8)
    }),
  )
})
