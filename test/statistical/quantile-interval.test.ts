import { describe, expect, test } from 'vitest'
import { percentile } from '../../src/domain/distribution.ts'
import { estimatePercentile } from '../../src/stats/quantile-interval.ts'
import { Random } from './random.ts'
import { distributionOf } from './samples.ts'

const TRIALS = 1000

// n at which a bound just exists, where coverage is exactly .95, and larger ones.
describe.each([
  [50, 40],
  [90, 29],
  [90, 200],
  [95, 59],
  [99, 299],
  [99, 1000],
])('p%d of %d requests', (p, n) => {
  test('the one-sided 95 % bound covers the true percentile in at least 95 %, the interval too', () => {
    const random = new Random(p * 1000 + n)
    const truth = -Math.log(1 - p / 100) * 1e5
    let bounded = 0
    let inside = 0
    for (let i = 0; i < TRIALS; i++) {
      const sample = distributionOf(Array.from({ length: n }, () => -Math.log(random.uniform()) * 1e5))
      const { interval, upperBound } = estimatePercentile(sample, 0, p)
      if (upperBound! >= truth) bounded++
      if (interval === null || (interval[0] <= truth && interval[1] >= truth)) inside++
    }
    // Three standard errors of the simulation below 95 %.
    const least = 0.95 - 3 * Math.sqrt((0.95 * 0.05) / TRIALS)
    expect(bounded / TRIALS).toBeGreaterThanOrEqual(least)
    expect(inside / TRIALS).toBeGreaterThanOrEqual(least)
  })
})

test('with failures ranked above all, a p99 cannot hide 2 % timeouts', () => {
  const random = new Random(7)
  const TRIES = 200
  let hidden = 0
  for (let i = 0; i < TRIES; i++) {
    const failed = Array.from({ length: 1000 }, () => random.uniform() < 0.02).filter(Boolean).length
    const good = distributionOf(Array.from({ length: 1000 - failed }, () => random.uniform() * 1e5))
    // The good ones alone would pass.
    expect(percentile(good, 99)).toBeLessThan(1e5)
    expect(estimatePercentile(good, failed, 99).upperBound).toBe(Infinity)
    if (estimatePercentile(good, failed, 99).value !== Infinity) hidden++
  }
  // Ten or fewer of a thousand fail in one of a hundred tries.
  expect(hidden / TRIES).toBeLessThan(0.03)
})
