import { expect, test } from 'vitest'
import { predictionBound, ratioOf } from '../../../src/stats/log-sample.ts'
import { normalQuantile } from '../../../src/stats/normal.ts'

/** A fixed sequence of numbers that are as good as random. */
function seeded(): () => number {
  let state = 12_345
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
}

test.each([3, 5])('%d starts on each side are called faster than they are in about one case of twenty', (n) => {
  const random = seeded()
  const starts = (centre: number, sd: number): number[] =>
    Array.from({ length: n }, () => centre * Math.exp(sd * normalQuantile(random())))
  let wrong = 0
  let over = 0
  for (let trial = 0; trial < 2000; trial++) {
    // The truth is at the limit: 60 % faster.
    if (ratioOf(starts(4, 0.1), starts(10, 0.05), 0.05)!.upper <= 0.4) wrong++
    const sample = starts(4, 0.1)
    if (starts(4, 0.1)[0]! > predictionBound(sample, 0.05)!) over++
  }
  expect(wrong / 2000).toBeLessThan(0.07)
  expect(over / 2000).toBeGreaterThan(0.03)
  expect(over / 2000).toBeLessThan(0.07)
})

test('a single value has no bounds', () => {
  expect([ratioOf([1], [1, 2], 0.05), predictionBound([1], 0.05)]).toEqual([null, null])
})
