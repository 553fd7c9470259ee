import * as fc from 'fast-check'
import * as simple from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { seededRandom, standardNormal } from '../../../src/domain/random.ts'
import { blockVarianceOfMean, bootstrapDifference } from '../../../src/stats/bootstrap.ts'
import { hodgesLehmann } from '../../../src/stats/hodges-lehmann.ts'
import { mannWhitney, mannWhitneyCritical } from '../../../src/stats/mann-whitney.ts'
import { mean } from '../../../src/stats/sample.ts'
import { trimmedMean, yuenBound } from '../../../src/stats/yuen.ts'

function draws(n: number, centre: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: n }, () => centre + standardNormal(random))
}

/** All ways to choose `m` of the values as the second sample, and how many have a rank sum as large or larger. */
function byEnumeration(first: readonly number[], second: readonly number[]): number {
  const all = [...first, ...second]
  const u = (chosen: readonly number[]): number => {
    const rest = all.filter((_, i) => !chosen.includes(i))
    return chosen.reduce((sum, i) => sum + rest.reduce((inner, value) => inner + wins(all[i]!, value), 0), 0)
  }
  const wins = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0)
  const found = u(second.map((_, i) => first.length + i))
  const choices = combinations(all.length, second.length)
  return choices.filter((chosen) => u(chosen) >= found).length / choices.length
}

function combinations(n: number, m: number, from: number = 0): number[][] {
  if (m === 0) return [[]]
  return Array.from({ length: n - from }, (_, i) => from + i).flatMap((first) =>
    combinations(n, m - 1, first + 1).map((rest) => [first, ...rest]),
  )
}

describe('Mann-Whitney', () => {
  test.each([
    [5, 0.004],
    [3, 0.05],
    [10, 5.4e-6],
  ])('two samples of %d apart have p = %d', (n, p) => {
    const low = draws(n, 0, 1)
    expect(
      mannWhitney(
        low,
        low.map((value) => value + 100),
      ).pLarger,
    ).toBeCloseTo(p, 4)
  })

  test('it is exact, with and without ties', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        (first, second) => {
          expect(mannWhitney(first, second).pLarger).toBeCloseTo(byEnumeration(first, second), 10)
          expect(mannWhitney(second, first).pSmaller).toBeCloseTo(byEnumeration(first, second), 10)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('large samples take the normal distribution, and it continues the exact one', () => {
    const [a, b] = [draws(20, 0, 3), draws(20, 0.6, 4)]
    const [more, wider] = [draws(21, 0, 3), draws(20, 0.6, 4)]
    expect(mannWhitney(more, wider).pLarger / mannWhitney(a, b).pLarger).toBeGreaterThan(0.5)
    expect(mannWhitney(more, wider).pLarger / mannWhitney(a, b).pLarger).toBeLessThan(2)
    expect(
      mannWhitney(
        Array.from({ length: 30 }, () => 1),
        Array.from({ length: 30 }, () => 1),
      ).pLarger,
    ).toBe(1)
  })

  // Critical values of U at one-sided .01: the usual tables (n = 5, 8, 10, 15, both sides).
  test.each([
    [5, 1],
    [8, 9],
    [10, 19],
    [15, 56],
  ])('the tables have the same critical value for %d', (n, critical) => {
    expect(mannWhitneyCritical(n, n, 0.01)).toBe(critical)
  })

  test('its rank sum is that of another library', () => {
    const [a, b] = [draws(9, 0, 5), draws(7, 0.4, 6)]
    const sum = simple.wilcoxonRankSum(b, a)
    const larger = b.flatMap((value) => a.filter((other) => value > other)).length
    expect(sum - (7 * 8) / 2).toBe(larger)
  })
})

describe('Hodges-Lehmann', () => {
  test('the shift is the median of all differences', () => {
    expect(hodgesLehmann([1, 2, 3], [11, 12, 40]).estimate).toBe(10)
  })

  test('a bound excludes 0 exactly when the test rejects', () => {
    for (let seed = 0; seed < 60; seed++) {
      const [a, b] = [draws(8, 0, 100 + seed), draws(9, 0.8, 500 + seed)]
      const { pLarger } = mannWhitney(a, b)
      expect(hodgesLehmann(a, b).bound('lower', 0.05) > 0).toBe(pLarger <= 0.05)
    }
  })

  test('three values a side bound nothing at .01', () => {
    const shift = hodgesLehmann([1, 2, 3], [4, 5, 6])
    expect([shift.bound('lower', 0.01), shift.bound('upper', 0.01)]).toEqual([-Infinity, Infinity])
  })
})

describe("Yuen's trimmed means", () => {
  test('wild values at the ends do not count', () => {
    expect(trimmedMean([1, 2, 3, 4, 1000])).toBe(3)
    const calm = draws(10, 0, 7)
    const wild = calm.map((value, i) => (i === 3 ? Math.max(...calm) + 50 : value))
    expect(yuenBound(calm, wild, 'upper', 0.05)).toBeLessThan(2)
  })

  test('the bound is the trimmed difference plus t times its error', () => {
    const a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const b = a.map((value) => value + 3)
    // Winsorised 3 3 3 4 5 6 7 8 8 8: 42.5 of squares about the mean, six values kept, so 42.5 / (6 * 5) a side, df 10.
    expect(yuenBound(a, b, 'upper', 0.05)).toBeCloseTo(3 + 1.8124611 * Math.sqrt((2 * 42.5) / 30), 5)
    expect(yuenBound(a, b, 'lower', 0.05)).toBeCloseTo(3 - 1.8124611 * Math.sqrt((2 * 42.5) / 30), 5)
  })

  test.each([[[1]], [[1, 2, 3].slice(0, 1)]])('one value bounds nothing', (few) => {
    expect(yuenBound(few, [1, 2, 3], 'upper', 0.05)).toBe(Infinity)
  })
})

describe('bootstrap', () => {
  test('the interval of a difference holds it, and the same seed draws the same', () => {
    const [a, b] = [draws(12, 0, 8), draws(12, 2, 9)]
    const interval = (): readonly [number, number] => bootstrapDifference(a, b, mean, 0.05, seededRandom(1))
    const [lower, upper] = interval()
    expect(lower).toBeLessThan(2)
    expect(upper).toBeGreaterThan(2)
    expect(upper - lower).toBeLessThan(2)
    expect(interval()).toEqual([lower, upper])
  })

  test('blocks find the variance of a mean that neighbours share, and that of independent values', () => {
    const random = seededRandom(10)
    let state = 0
    const alike = Array.from({ length: 400 }, () => (state = 0.6 * state + standardNormal(random)))
    // AR(1): variance of the mean is 1 / (n (1 - phi)^2).
    expect(blockVarianceOfMean(alike)! * 400 * 0.16).toBeGreaterThan(0.6)
    expect(blockVarianceOfMean(alike)! * 400 * 0.16).toBeLessThan(1.2)
    expect(blockVarianceOfMean(draws(400, 0, 11))! * 400).toBeCloseTo(1, 0)
  })

  test('fewer than thirty values in time tell nothing', () => {
    expect(blockVarianceOfMean(draws(29, 0, 12))).toBeNull()
  })
})
