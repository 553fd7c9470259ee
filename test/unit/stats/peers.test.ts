import jstat from 'jstat'
import * as simple from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { seededRandom, standardNormal } from '../../../src/domain/random.ts'
import { binomialCdf } from '../../../src/stats/binomial.ts'
import { incompleteBeta } from '../../../src/stats/incomplete-beta.ts'
import { normalCdf, normalQuantile } from '../../../src/stats/normal.ts'
import { madn, median } from '../../../src/stats/robust.ts'
import { mean, variance } from '../../../src/stats/sample.ts'
import { studentTCritical, studentTUpperTail } from '../../../src/stats/student-t.ts'
import { pairSlopes, theilSenSlope } from '../../../src/stats/theil-sen.ts'

const { jStat } = jstat

/** So many draws around `centre`; the same every time. */
function draws(n: number, centre: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: n }, () => centre + standardNormal(random))
}

describe('two libraries that nobody here wrote agree', () => {
  test.each([-6, -2.5, -0.3, 0, 0.7, 1.96, 4])('on the normal distribution at %d', (x) => {
    // Theirs has an absolute error of about 1e-9.
    expect(normalCdf(x)).toBeCloseTo(jStat.normal.cdf(x, 0, 1), 8)
  })

  test.each([0.001, 0.025, 0.5, 0.9, 0.995])('on the normal quantile of %d', (p) => {
    expect(normalQuantile(p)).toBeCloseTo(jStat.normal.inv(p, 0, 1), 6)
  })

  test.each([
    [0.5, 2],
    [2.3, 9],
    [4.1, 18],
    [1.2, 4.5],
  ])("on Student's t of %d with %d degrees of freedom", (t, df) => {
    expect(studentTUpperTail(t, df)).toBeCloseTo(1 - jStat.studentt.cdf(t, df), 8)
    expect(studentTCritical(0.01, df)).toBeCloseTo(jStat.studentt.inv(0.99, df), 6)
  })

  test.each([
    [0.2, 3, 5],
    [0.9, 40, 2],
    [0.5, 0.5, 7],
  ])('on the incomplete beta function of %d, %d, %d', (x, a, b) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(jStat.beta.cdf(x, a, b), 8)
  })

  test.each([
    [3, 20, 0.2],
    [95, 100, 0.9],
  ])('on %d of %d at %d', (k, n, p) => {
    expect(binomialCdf(k, n, p)).toBeCloseTo(jStat.binomial.cdf(k, n, p), 8)
  })

  test('on mean, variance, median and the median deviation', () => {
    const values = draws(31, 5, 1)
    expect(mean(values)).toBeCloseTo(simple.mean(values), 12)
    expect(variance(values)).toBeCloseTo(simple.sampleVariance(values), 12)
    expect(median(values)).toBeCloseTo(simple.median(values), 12)
    expect(madn(values)).toBeCloseTo(1.4826 * simple.medianAbsoluteDeviation(values), 12)
  })

  test('on the line through outliers, closer than least squares', () => {
    const values = draws(40, 0, 2).map((value, i) => 0.5 * i + value / 10 + (i === 39 ? 100 : 0))
    const slope = theilSenSlope(
      pairSlopes(
        values.map((_, i) => i),
        values,
      ),
    )
    const squares = simple.linearRegression(values.map((value, i) => [i, value])).m
    expect(Math.abs(slope - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(squares - 0.5)).toBeGreaterThan(0.1)
  })
})
