import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Distribution, EMPTY_DISTRIBUTION } from '../../../src/domain/distribution.ts'
import { estimatePercentile, requestsForBound } from '../../../src/stats/quantile-interval.ts'

/** The values 1..n, once each: a rank is its own value. */
function ranks(n: number): Distribution {
  const values = Array.from({ length: n }, (_, i) => i + 1)
  return { values, counts: values.map(() => 1), n, min: 1, max: n, sum: 0, sumOfSquares: 0 }
}

describe('when bounds exist', () => {
  test.each([
    [50, 5],
    [90, 29],
    [95, 59],
    [99, 299],
    [99.9, 2995],
  ])('the one-sided bound of p%d exists from n = %d on', (p, n) => {
    expect(estimatePercentile(ranks(n), 0, p).upperBound).toBe(n)
    expect(estimatePercentile(ranks(n - 1), 0, p).upperBound).toBeNull()
    expect(requestsForBound(p)).toBe(n)
  })

  test.each([
    [50, 6],
    [90, 36],
    [95, 72],
    [99, 368],
    [99.9, 3688],
  ])('the two-sided interval of p%d exists from n = %d on', (p, n) => {
    expect(estimatePercentile(ranks(n), 0, p).interval?.[1]).toBe(n)
    expect(estimatePercentile(ranks(n - 1), 0, p).interval).toBeNull()
  })
})

describe('the ranks', () => {
  test('those of p99 among 1,000 are the exact binomial ones', () => {
    // Binomial(1000, .99): 2.5 % at 983, 97.5 % at 996, 95 % at 995.
    expect(estimatePercentile(ranks(1000), 0, 99)).toEqual({
      value: 990,
      interval: [983, 997],
      upperBound: 996,
      n: 1000,
    })
  })

  test('a median has the textbook interval', () => {
    // n = 10: the 2nd and the 9th value cover the median with 97.9 % (Conover 1999).
    expect(estimatePercentile(ranks(10), 0, 50).interval).toEqual([2, 9])
  })
})

describe('requests without a value', () => {
  test('rank above all others', () => {
    const { value, upperBound } = estimatePercentile(ranks(980), 20, 99)
    expect([value, upperBound]).toEqual([Infinity, Infinity])
  })

  test('leave a percentile below them alone', () => {
    expect(estimatePercentile(ranks(980), 20, 50).value).toBe(500)
  })

  test('can make the bound infinite while the value is not', () => {
    const { value, upperBound } = estimatePercentile(ranks(995), 5, 99)
    expect([value, upperBound]).toEqual([990, Infinity])
  })

  test('are all there is when everything failed', () => {
    expect(estimatePercentile(EMPTY_DISTRIBUTION, 50, 50)).toEqual({
      value: Infinity,
      interval: [Infinity, Infinity],
      upperBound: Infinity,
      n: 50,
    })
  })
})

test('nothing is known of nothing', () => {
  expect(estimatePercentile(EMPTY_DISTRIBUTION, 0, 50)).toEqual({ value: null, interval: null, upperBound: null, n: 0 })
})

test('interval and bound enclose the value, and the bound is inside the interval', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(50, 90, 95, 99),
      (n, failed, p) => {
        const { value, interval, upperBound } = estimatePercentile(ranks(n), failed, p)
        const [lower, upper] = interval ?? [-Infinity, Infinity]
        const ascending = [lower, value!, upperBound ?? Infinity, upper]
        expect(ascending).toEqual(ascending.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
      },
    ),
  )
})
