import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { madn, median, winsorise } from '../../../src/stats/robust.ts'

test.each([
  [[3], 3],
  [[4, 1], 2.5],
  [[9, 1, 5], 5],
  [[1, 2, 3, 100], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

test('nothing has no median', () => {
  expect(median([])).toBeNaN()
})

test('MADN is 1.4826 times the median deviation', () => {
  expect(madn([1, 1, 2, 2, 4, 6, 9])).toBeCloseTo(1.4826, 12)
})

test('winsorising pulls a wild value in and leaves the rest', () => {
  expect(winsorise([1, 2, 3, 4, 100])).toEqual([1, 2, 3, 4, 3 + 2.5 * 1.4826])
})

test('winsorising keeps number, order and median', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
      const sorted = winsorise(values.toSorted((a, b) => a - b))
      expect(sorted).toHaveLength(values.length)
      expect(sorted).toEqual(sorted.toSorted((a, b) => a - b))
      expect(median(sorted)).toBe(median(values))
    }),
  )
})
