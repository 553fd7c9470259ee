import { describe, expect, test } from 'vitest'
import { binomialCdf, binomialQuantile } from '../../../src/stats/binomial.ts'
import { incompleteBeta } from '../../../src/stats/incomplete-beta.ts'
import { normalCdf, normalQuantile } from '../../../src/stats/normal.ts'
import { poissonInterval } from '../../../src/stats/poisson.ts'
import { studentTCritical, studentTUpperTail } from '../../../src/stats/student-t.ts'

// Reference values: SciPy 1.17.
const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1)

describe('incomplete beta', () => {
  test.each([
    [0.3, 2.5, 0.5, 0.018927124071945658],
    [0.35, 30, 70, 0.8615754758661092],
  ])('I_%d(%d, %d)', (x, a, b, expected) => {
    expect(relative(incompleteBeta(x, a, b), expected)).toBeLessThan(1e-11)
  })

  test('is 0 and 1 at the ends', () => {
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1])
  })
})

describe('normal', () => {
  test.each([
    [1.3, 0.9031995154143897],
    [-7.5, 3.1908916729108844e-14],
    [-5.5, 1.898956246588768e-8],
    [0, 0.5],
  ])('cdf at %d', (x, expected) => {
    expect(relative(normalCdf(x), expected)).toBeLessThan(1e-9)
  })

  test.each([
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
    [1e-6, -4.753424308822899],
  ])('quantile at %d', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 9)
  })

  test('both sides of the switch of method agree', () => {
    expect(relative(normalCdf(-3 - 1e-13), normalCdf(-3 + 1e-13))).toBeLessThan(1e-9)
  })
})

describe("Student's t", () => {
  test.each([
    [0.025, 4, 2.7764451051977943],
    [0.01, 8, 2.8964594477096224],
    [0.0025, 4, 5.597568367075459],
    [0.05, 1, 6.313751514675044],
    [0.01, 13.7, 2.6317972743388935],
    [0.05, Infinity, 1.6448536269514722],
    [0.95, 1, -6.313751514675044],
  ])('critical value for %d with %d degrees of freedom', (alpha, df, expected) => {
    expect(studentTCritical(alpha, df)).toBeCloseTo(expected, 8)
  })

  test.each([
    [2.5, 7.3, 0.019825117332800214],
    [-1, 3, 0.8044988905221148],
  ])('upper tail of %d with %d', (t, df, expected) => {
    expect(relative(studentTUpperTail(t, df), expected)).toBeLessThan(1e-10)
  })
})

describe('binomial', () => {
  test.each([
    [3, 10, 0.3, 0.6496107184000002],
    [98_950, 100_000, 0.99, 0.05870091529906223],
    [86_313_314, 86_400_000, 0.999, 0.16557287219808933],
  ])('P(B <= %d) of %d at %d', (k, n, p, expected) => {
    expect(relative(binomialCdf(k, n, p), expected)).toBeLessThan(1e-5)
  })

  test('sums to the ends', () => {
    expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5)]).toEqual([0, 1])
  })

  test.each([
    [0.025, 1000, 0.99, 983],
    [0.975, 1000, 0.99, 996],
    [0.025, 86_400_000, 0.999, 86_313_024],
    [0.975, 86_400_000, 0.999, 86_314_175],
    [0.5, 1, 0.3, 0],
  ])('quantile %d of %d trials at %d is %d', (q, n, p, expected) => {
    expect(binomialQuantile(q, n, p)).toBe(expected)
  })
})

describe('Poisson', () => {
  test.each([
    [5, 1.6234863901184207, 11.66833207932267],
    [10, 4.7953886961324335, 18.39035604201778],
    [100, 81.36399125092314, 121.62679379242638],
    [1000, 938.9730184076952, 1063.952136016302],
  ])('the interval of %d events is near the exact one: %d to %d', (count, lower, upper) => {
    const [low, high] = poissonInterval(count)
    expect(relative(low, lower)).toBeLessThan(0.01)
    expect(relative(high, upper)).toBeLessThan(0.01)
  })

  test('no event bounds the rate from above only', () => {
    const [lower, upper] = poissonInterval(0)
    expect(lower).toBe(0)
    expect(relative(upper, 3.6888794541139354)).toBeLessThan(0.01)
  })
})
