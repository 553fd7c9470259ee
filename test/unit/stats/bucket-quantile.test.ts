import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketQuantile } from '../../../src/stats/bucket-quantile.ts'

test.each([
  // By hand from the definition of histogram_quantile.
  ['in the middle of a bucket', [0.1, 0.2, 0.4], [0, 10, 10, 0], 0.75, { value: 0.3, low: 0.2, high: 0.4 }],
  ['in the first bucket, which begins at 0', [0.1, 0.2], [10, 0, 0], 0.5, { value: 0.05, low: 0, high: 0.1 }],
  ['in the last bucket, which has no end', [0.1, 0.2], [1, 0, 9], 0.5, { value: 0.2, low: 0.2, high: Infinity }],
  ['in a first bucket below 0', [-1, 1], [10, 0, 0], 0.5, { value: -1, low: -Infinity, high: -1 }],
  ['at the very top of a bucket', [1, 2, 3], [5, 5, 0, 0], 1, { value: 2, low: 1, high: 2 }],
])('%s', (_, bounds, counts, q, expected) => {
  const found = bucketQuantile({ bounds, counts }, q)!
  expect(found).toEqual({ ...expected, value: expect.closeTo(expected.value, 9) })
})

test('nothing is known without values, and without bounds', () => {
  expect(bucketQuantile({ bounds: [1], counts: [0, 0] }, 0.5)).toBeNull()
  expect(bucketQuantile({ bounds: [], counts: [7] }, 0.5)).toBeNull()
})

test('the true quantile of any values lies between the two ends', () => {
  const values = fc.array(fc.double({ min: 0.001, max: 12, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(values, fc.constantFrom(0.5, 0.9, 0.99), (all, q) => {
      const bounds = [0.5, 1, 2, 4, 8]
      const edges = [0, ...bounds, Infinity]
      const counts = edges.slice(1).map((edge, i) => all.filter((value) => value > edges[i]! && value <= edge).length)
      const truth = all.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * all.length - 1e-9) - 1)]!
      const { low, high } = bucketQuantile({ bounds, counts }, q)!
      expect(truth).toBeGreaterThan(low)
      expect(truth).toBeLessThanOrEqual(high)
    }),
  )
})
