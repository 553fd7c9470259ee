import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Arrivals, ArrivalsPlan } from '../../../src/domain/load-plan.ts'
import { dealt, Pacer } from '../../../src/plan/pacer.ts'
import { type Timeline, timelineOf, windowAt } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'

const ALL = { index: 0, count: 1 }

function timesOf(
  timeline: Timeline,
  kind: Arrivals,
  seed = 1,
  lane = ALL,
  atMost = 200_000,
): { k: number; us: number }[] {
  const pacer = new Pacer(timeline, kind, seed, lane)
  const times: { k: number; us: number }[] = []
  for (; pacer.nextUs < Infinity && times.length < atMost; pacer.advance()) times.push({ k: pacer.k, us: pacer.nextUs })
  return times
}

const constant = (rate: number, seconds: number, warmupSeconds = 0): Timeline =>
  timelineOf(
    loadPlan(arrivals(rate, seconds * SECOND), { warmup: { kind: 'duration', durationUs: warmupSeconds * SECOND } }),
  )

/** Some steps with ramps, warm-up and cool-down. */
const anyTimeline: fc.Arbitrary<Timeline> = fc
  .record({
    steps: fc.array(
      fc.record({
        ratePerSecond: fc.double({ min: 0.5, max: 300, noNaN: true }),
        durationUs: fc.integer({ min: 1, max: 5 * SECOND }),
        rampUs: fc.constantFrom(0, 100_000, 3 * SECOND),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    warmupUs: fc.integer({ min: 0, max: 3 * SECOND }),
    cooldownUs: fc.constantFrom(0, SECOND),
  })
  .map(({ steps, warmupUs, cooldownUs }) => {
    const profile: ArrivalsPlan = { ...arrivals(1, 1), executor: 'ramping-arrival-rate', steps }
    return timelineOf(loadPlan(profile, { warmup: { kind: 'duration', durationUs: warmupUs }, cooldownUs }))
  })

describe('uniform arrivals', () => {
  test.each([
    [10, 1, [0, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000]],
    [0.5, 4, [0, 2_000_000]],
    [3, 1, [0, 333_333, 666_667]],
    [1, 0.5, [0]],
  ])('at %d/s for %d s come at %j', (rate, seconds, expected) => {
    expect(timesOf(constant(rate, seconds), 'uniform').map(({ us }) => us)).toEqual(expected)
  })

  test('on a ramp come where the integral of the rate is whole', () => {
    const profile: ArrivalsPlan = {
      ...arrivals(1, 1),
      steps: [{ ratePerSecond: 8, durationUs: SECOND, rampUs: SECOND }],
    }
    // 4 t^2 = k on the ramp, then every eighth of a second.
    const expected = [0, 1, 2, 3]
      .map((k) => Math.round(SECOND * Math.sqrt(k / 4)))
      .concat([0, 1, 2, 3, 4, 5, 6, 7].map((i) => SECOND + i * 125_000))
    expect(timesOf(timelineOf(loadPlan(profile)), 'uniform').map(({ us }) => us)).toEqual(expected)
  })

  test('on a falling ramp thin out symmetrically', () => {
    const profile: ArrivalsPlan = {
      ...arrivals(1, 1),
      steps: [
        { ratePerSecond: 100, durationUs: SECOND, rampUs: 0 },
        { ratePerSecond: 50, durationUs: SECOND, rampUs: 2 * SECOND },
      ],
    }
    const times = timesOf(timelineOf(loadPlan(profile)), 'uniform')
    expect(times).toHaveLength(100 + 150 + 50)
    expect(times.filter(({ us }) => us >= SECOND && us < 2 * SECOND).length).toBe(88)
  })

  test('are exactly rate times duration in a window that starts on an arrival', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 5 }),
        (rate, seconds, warmupSeconds) => {
          const timeline = constant(rate, seconds, warmupSeconds)
          const inWindow = timesOf(timeline, 'uniform').filter(({ us }) => windowAt(timeline, us) === 0)
          expect(inWindow).toHaveLength(rate * seconds)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the lanes of several generators', () => {
  test('add up to exactly the load of one generator, numbers included', () => {
    fc.assert(
      fc.property(
        anyTimeline,
        fc.constantFrom<Arrivals>('uniform', 'poisson'),
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        (timeline, kind, seed, count) => {
          const whole = timesOf(timeline, kind, seed)
          const parts = Array.from({ length: count }, (_, index) => timesOf(timeline, kind, seed, { index, count }))
          expect(parts.flat().sort((a, b) => a.k - b.k)).toEqual(whole)
          parts.forEach((part, index) => expect(part.every(({ k }) => k % count === index)).toBe(true))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('have whole, rising times inside the timeline', () => {
    fc.assert(
      fc.property(anyTimeline, fc.constantFrom<Arrivals>('uniform', 'poisson'), (timeline, kind) => {
        const times = timesOf(timeline, kind).map(({ us }) => us)
        expect(times.every((us, i) => Number.isInteger(us) && us >= (times[i - 1] ?? 0) && us < timeline.endUs)).toBe(
          true,
        )
      }),
      { numRuns: 60 },
    )
  })
})

describe('Poisson arrivals', () => {
  const times = timesOf(constant(1000, 100), 'poisson', 7).map(({ us }) => us)

  test('have the asked mean rate', () => {
    // The count's standard deviation is the square root of 100,000.
    expect(Math.abs(times.length - 100_000)).toBeLessThan(4 * Math.sqrt(100_000))
  })

  test('vary as a Poisson process does: variance of the counts over their mean is about 1', () => {
    const counts = Array.from<number>({ length: 2000 }).fill(0)
    for (const us of times) counts[Math.floor(us / 50_000)]!++
    const mean = times.length / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
    expect(variance / mean).toBeGreaterThan(0.87)
    expect(variance / mean).toBeLessThan(1.13)
  })

  test('have exponential gaps: a share of 1/e is longer than the mean', () => {
    const gaps = times.slice(1).map((us, i) => us - times[i]!)
    expect(gaps.filter((gap) => gap > 1000).length / gaps.length).toBeCloseTo(Math.exp(-1), 2)
  })

  test('depend on the seed and on nothing else', () => {
    expect(timesOf(constant(50, 2), 'poisson', 7)).toEqual(timesOf(constant(50, 2), 'poisson', 7))
    expect(timesOf(constant(50, 2), 'poisson', 7)).not.toEqual(timesOf(constant(50, 2), 'poisson', 8))
  })
})

test('the end of a warm-up by requests changes no arrival that has come', () => {
  const plan = loadPlan(arrivals(40, 2 * SECOND), { warmup: { kind: 'requests', requests: 10 } })
  const retimed = new Pacer(timelineOf(plan), 'poisson', 3, ALL)
  const known = new Pacer(timelineOf(plan, 1_234_567), 'poisson', 3, ALL)
  const walk = (pacer: Pacer, untilUs: number): number[] => {
    const times: number[] = []
    for (; pacer.nextUs < untilUs; pacer.advance()) times.push(pacer.nextUs)
    return times
  }
  const before = walk(retimed, 1_200_000)
  retimed.retime(timelineOf(plan, 1_234_567))
  expect([...before, ...walk(retimed, Infinity)]).toEqual(walk(known, Infinity))
})

test('cards are dealt so that the shares add up', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 9 }), (total, count) => {
      const shares = Array.from({ length: count }, (_, index) => dealt(total, { index, count }))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }),
  )
})
