import { describe, expect, test } from 'vitest'
import type { Arrivals, ArrivalsPlan } from '../../src/domain/load-plan.ts'
import { Pacer } from '../../src/plan/pacer.ts'
import { seededRandom, standardNormal, unitGamma } from '../../src/domain/random.ts'
import { timelineOf } from '../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND } from '../support/load-plan.ts'

/*
 * Random arrivals against their theory. Tolerances are at least four standard errors of the figure they are put on; the
 * seeds are fixed, so that a failure is a change of code and not of luck.
 */

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const variance = (values: readonly number[]): number => {
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}

function times(profile: ArrivalsPlan, seed: number, generators = 1): number[] {
  const timeline = timelineOf(loadPlan(profile))
  return Array.from({ length: generators }, (_, index) => {
    const lane: number[] = []
    const pacer = new Pacer(timeline, profile.arrivals, seed, { index, count: generators }, profile.burstiness)
    for (; pacer.nextUs < Infinity; pacer.advance()) lane.push(pacer.nextUs)
    return lane
  })
    .flat()
    .sort((a, b) => a - b)
}

/** Variance over mean of the counts in windows of this length: 1 for a Poisson process of any rate. */
function dispersion(us: readonly number[], windowUs: number, totalUs: number): number {
  const counts = Array.from<number>({ length: Math.floor(totalUs / windowUs) }).fill(0)
  for (const at of us) counts[Math.floor(at / windowUs)]!++
  return variance(counts) / mean(counts)
}

const gapsOf = (us: readonly number[]): number[] => us.slice(1).map((at, i) => at - us[i]!)

describe('Poisson arrivals', () => {
  test.each([
    [1, 1],
    [4, 2],
  ])('of %d generators have an index of dispersion of 1 over 12,000 windows of 10 ms', (generators, seed) => {
    const us = times(arrivals(500, 120 * SECOND, { arrivals: 'poisson' }), seed, generators)
    // The index's standard error is the square root of 2 / windows: 0.013.
    expect(Math.abs(dispersion(us, 10_000, 120 * SECOND) - 1)).toBeLessThan(0.05)
  })
})

describe('gamma arrivals', () => {
  test.each([
    [0.1, 11],
    [0.5, 12],
    [1, 13],
    [2, 14],
    [25, 15],
  ])('of burstiness %d have gaps of the asked mean and a squared variation of 1 / burstiness', (burstiness, seed) => {
    const gaps = gapsOf(times(arrivals(1000, 80 * SECOND, { arrivals: 'gamma', burstiness }), seed))
    const centre = mean(gaps)
    expect(Math.abs(centre / 1000 - 1)).toBeLessThan(4 / Math.sqrt(gaps.length * burstiness))
    const variation = variance(gaps) / centre ** 2
    // Relative standard error of a variance: the square root of (kurtosis - 1) / n, with kurtosis 3 + 6 / shape.
    expect(Math.abs(variation * burstiness - 1)).toBeLessThan(4.5 * Math.sqrt((2 + 6 / burstiness) / gaps.length))
  })

  test('of burstiness 1 are Poisson arrivals', () => {
    const us = times(arrivals(500, 120 * SECOND, { arrivals: 'gamma', burstiness: 1 }), 21)
    expect(Math.abs(dispersion(us, 10_000, 120 * SECOND) - 1)).toBeLessThan(0.05)
    const gaps = gapsOf(us)
    expect(gaps.filter((gap) => gap > 2000).length / gaps.length).toBeCloseTo(Math.exp(-1), 2)
  })

  test.each([
    [0.5, 2],
    [4, 0.25],
  ])('of burstiness %d are over- or under-dispersed by %d in long windows', (burstiness, expected) => {
    const us = times(arrivals(1000, 120 * SECOND, { arrivals: 'gamma', burstiness }), 22)
    expect(Math.abs(dispersion(us, 100_000, 120 * SECOND) / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / 1200))
  })

  test.each<[Arrivals, number]>([
    ['poisson', 1],
    ['gamma', 0.5],
  ])('and %s ones keep their law on a sine, in the time that the rate measures', (kind, burstiness) => {
    const wave = { amplitudePerSecond: 900, periodUs: 7 * SECOND }
    const profile: ArrivalsPlan = {
      ...arrivals(1, 1, { arrivals: kind, ...(kind === 'gamma' ? { burstiness } : {}) }),
      executor: 'sine-arrival-rate',
      steps: [{ ratePerSecond: 1000, durationUs: 70 * SECOND, rampUs: 0, sine: wave }],
    }
    const integral = (us: number): number =>
      (1000 * us) / 1e6 + ((900 * 7) / (2 * Math.PI)) * (1 - Math.cos((2 * Math.PI * us) / wave.periodUs))
    const gaps = gapsOf(times(profile, 23).map(integral))
    const sigma = Math.sqrt((2 + 6 / burstiness) / gaps.length)
    expect(Math.abs(mean(gaps) - 1)).toBeLessThan(4 / Math.sqrt(gaps.length * burstiness))
    // Times are whole microseconds: a part in a thousand of a gap.
    expect(Math.abs(variance(gaps) * burstiness - 1)).toBeLessThan(4.5 * sigma + 0.001)
  })
})

describe('draws', () => {
  test('of the normal distribution have its first four moments', () => {
    const random = seededRandom(31)
    const draws = Array.from({ length: 100_000 }, () => standardNormal(random))
    expect(Math.abs(mean(draws))).toBeLessThan(0.013)
    expect(Math.abs(variance(draws) - 1)).toBeLessThan(0.018)
    expect(Math.abs(mean(draws.map((x) => x ** 3)))).toBeLessThan(0.05)
    expect(Math.abs(mean(draws.map((x) => x ** 4)) - 3)).toBeLessThan(0.13)
  })

  test('of the gamma distribution have its share below the mean', () => {
    // Of shape 1/2: the square of a normal draw lies below its mean with erf(1 / sqrt 2) = 0.6827.
    const random = seededRandom(32)
    const draws = Array.from({ length: 100_000 }, () => unitGamma(random, 0.5))
    expect(Math.abs(draws.filter((x) => x < 1).length / draws.length - 0.6827)).toBeLessThan(0.006)
  })
})
