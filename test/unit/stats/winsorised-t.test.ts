import { expect, test } from 'vitest'
import { seededRandom, standardNormal } from '../../../src/domain/random.ts'
import { winsorisedT } from '../../../src/stats/winsorised-t.ts'

function draws(n: number, centre: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: n }, () => centre + standardNormal(random))
}

test('where nothing is pulled in it is the pooled t test', () => {
  // Means 2 and 4, variances 1: t = 2 / sqrt(2 / 3) = 2.449 with 4 degrees of freedom, one-sided p = .0352.
  const { pLarger, pSmaller, bound } = winsorisedT([1, 2, 3], [3, 4, 5])
  expect([pLarger, pSmaller]).toEqual([expect.closeTo(0.0352, 4), expect.closeTo(0.9648, 4)])
  expect(bound('lower', 0.0352)).toBeCloseTo(0, 2)
  expect(bound('upper', 0.0352)).toBeCloseTo(4, 2)
})

test('two wild values of ten do not hide a difference, and make none', () => {
  const [a, b] = [draws(10, 0, 1), draws(10, 3, 2)]
  const wild = a.map((value, i) => (i === 2 || i === 6 ? 40 : value))
  expect(winsorisedT(wild, b).pLarger).toBeLessThan(0.001)
  expect(winsorisedT(a, wild).pLarger).toBeGreaterThan(0.01)
})

test('a bound excludes 0 exactly when the test rejects', () => {
  for (let seed = 0; seed < 40; seed++) {
    const { pLarger, bound } = winsorisedT(draws(8, 0, seed), draws(8, 1, 100 + seed))
    expect(bound('lower', 0.05) > 0).toBe(pLarger < 0.05)
  }
})

test('values without any scatter are certain', () => {
  expect(winsorisedT([1, 1, 1], [2, 2, 2])).toMatchObject({ pLarger: 0, pSmaller: 1 })
  expect(winsorisedT([1, 1, 1], [1, 1, 1])).toMatchObject({ pLarger: 0.5, pSmaller: 0.5 })
})
