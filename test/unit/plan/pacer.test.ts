import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Arrivals, ArrivalsPlan, BurstPlan, LoadPlan } from '../../../src/domain/load-plan.ts'
import { dealt, Pacer } from '../../../src/plan/pacer.ts'
import { type Timeline, timelineOf, windowAt } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'

const ALL = { index: 0, count: 1 }

function timesOf(
  timeline: Timeline,
  kind: Arrivals,
  seed = 1,
  lane = ALL,
  burstiness = 1,
): { k: number; us: number }[] {
  const pacer = new Pacer(timeline, kind, seed, lane, burstiness)
  const times: { k: number; us: number }[] = []
  for (; pacer.nextUs < Infinity; pacer.advance()) times.push({ k: pacer.k, us: pacer.nextUs })
  return times
}

const constant = (rate: number, seconds: number, warmupSeconds = 0): Timeline =>
  timelineOf(
    loadPlan(arrivals(rate, seconds * SECOND), { warmup: { kind: 'duration', durationUs: warmupSeconds * SECOND } }),
  )

/** Some steps with ramps and waves, warm-up and cool-down. */
const anyRates: fc.Arbitrary<Timeline> = fc
  .record({
    steps: fc.array(
      fc.record({
        ratePerSecond: fc.double({ min: 0.5, max: 300, noNaN: true }),
        durationUs: fc.integer({ min: 1, max: 5 * SECOND }),
        rampUs: fc.constantFrom(0, 100_000, 3 * SECOND),
        swing: fc.constantFrom(0, 0.3, 1),
        periodUs: fc.integer({ min: 1000, max: 10 * SECOND }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    warmupUs: fc.integer({ min: 0, max: 3 * SECOND }),
    cooldownUs: fc.constantFrom(0, SECOND),
  })
  .map(({ steps, warmupUs, cooldownUs }) => {
    const profile: ArrivalsPlan = {
      ...arrivals(1, 1),
      executor: 'ramping-arrival-rate',
      steps: steps.map(({ swing, periodUs, ...step }) => ({
        ...step,
        ...(swing === 0 ? {} : { sine: { amplitudePerSecond: swing * step.ratePerSecond, periodUs } }),
      })),
    }
    return timelineOf(loadPlan(profile, { warmup: { kind: 'duration', durationUs: warmupUs }, cooldownUs }))
  })

const anyBursts: fc.Arbitrary<Timeline> = fc
  .record({
    burst: fc.integer({ min: 1, max: 60 }),
    bursts: fc.integer({ min: 2, max: 5 }),
    everyUs: fc.integer({ min: 1, max: SECOND }),
    leadUs: fc.constantFrom(0, 700_000),
  })
  .map(({ burst, bursts, everyUs, leadUs }) => {
    const profile: BurstPlan = { executor: 'burst-arrivals', burst, bursts, everyUs, maxUsers: 100, maxQueue: null }
    const warmup = { kind: 'duration', durationUs: Math.min(leadUs, 9 * everyUs) } as const
    return timelineOf(loadPlan(profile, { warmup, cooldownUs: everyUs }))
  })

const anyTimeline: fc.Arbitrary<Timeline> = fc.oneof({ arbitrary: anyRates, weight: 3 }, anyBursts)

const KINDS = ['uniform', 'poisson', 'gamma'] as const

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
        fc.constantFrom<Arrivals>(...KINDS),
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
      fc.property(anyTimeline, fc.constantFrom<Arrivals>(...KINDS), (timeline, kind) => {
        const times = timesOf(timeline, kind).map(({ us }) => us)
        expect(times.every((us, i) => Number.isInteger(us) && us >= (times[i - 1] ?? 0) && us < timeline.endUs)).toBe(
          true,
        )
      }),
      { numRuns: 60 },
    )
  })
})

/** Integral of centre + amplitude sin(2 pi t / period) over 0..us, in arrivals. */
const waveIntegral = (centre: number, amplitude: number, periodUs: number, us: number): number =>
  (centre * us) / 1e6 + ((amplitude * periodUs) / 1e6 / (2 * Math.PI)) * (1 - Math.cos((2 * Math.PI * us) / periodUs))

describe('arrivals on a sine', () => {
  const sine = (rate: number, amplitude: number, periodUs: number, durationUs: number, warmupUs = 0): Timeline =>
    timelineOf(
      loadPlan(
        {
          ...arrivals(1, 1),
          executor: 'sine-arrival-rate',
          steps: [{ ratePerSecond: rate, durationUs, rampUs: 0, sine: { amplitudePerSecond: amplitude, periodUs } }],
        },
        { warmup: { kind: 'duration', durationUs: warmupUs }, cooldownUs: SECOND },
      ),
    )

  test('come where the integral of the rate is whole, to the microsecond, also where the rate touches 0', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 2000, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.integer({ min: 10_000, max: 20 * SECOND }),
        (rate, share, periodUs) => {
          const amplitude = rate * share
          for (const { k, us } of timesOf(sine(rate, amplitude, periodUs, 4 * SECOND), 'uniform')) {
            // Half a microsecond of rounding, at the highest rate.
            expect(Math.abs(waveIntegral(rate, amplitude, periodUs, us) - k)).toBeLessThan((rate + amplitude) * 0.6e-6)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('are as many as the centre rate brings over whole periods, more in the upper half than in the lower', () => {
    const times = timesOf(sine(100, 100, 2 * SECOND, 10 * SECOND), 'uniform').filter(({ us }) => us < 10 * SECOND)
    expect(times).toHaveLength(1000)
    // 100 + 2 * 100 / pi in the first second of each period.
    expect(times.filter(({ us }) => us < SECOND).length).toBe(Math.ceil(100 + 200 / Math.PI))
    expect(times.filter(({ us }) => us >= SECOND && us < 2 * SECOND).length).toBe(36)
  })

  test('are even before the wave, which goes on after its window', () => {
    const timeline = sine(10, 10, 4 * SECOND, 5 * SECOND, 2 * SECOND)
    const times = timesOf(timeline, 'uniform').map(({ us }) => us)
    expect(times.filter((us) => us < 2 * SECOND)).toEqual(Array.from({ length: 20 }, (_, i) => i * 100_000))
    // Seconds 5 to 6 of the wave are its peak: 10 + 10 * 4 / 2 pi.
    expect(times.filter((us) => us >= 7 * SECOND).length).toBe(16)
    expect(timeline.windows).toEqual([{ window: 0, startUs: 2 * SECOND, endUs: 7 * SECOND }])
  })
})

describe('arrivals in bursts', () => {
  const bursts = (parts: Partial<BurstPlan>, plan: Partial<LoadPlan> = {}): Timeline =>
    timelineOf(
      loadPlan(
        { executor: 'burst-arrivals', burst: 3, bursts: 1, everyUs: null, maxUsers: 9, maxQueue: null, ...parts },
        plan,
      ),
    )
  const seconds = (timeline: Timeline): number[] => timesOf(timeline, 'uniform').map(({ us }) => us / SECOND)
  const lead = (s: number) => ({ kind: 'duration', durationUs: s * SECOND }) as const

  test.each([
    ['once', bursts({}), [0, 0, 0], [[0, Infinity]]],
    ['every two seconds', bursts({ bursts: 2, everyUs: 2 * SECOND }), [0, 0, 0, 2, 2, 2], [[0, 4]]],
    [
      'in the same rhythm through warm-up and cool-down',
      bursts({ burst: 1, bursts: 2, everyUs: 2 * SECOND }, { warmup: lead(3), cooldownUs: 3 * SECOND }),
      [1, 3, 5, 7, 9],
      [[3, 7]],
    ],
  ])('%s', (_, timeline, times, windows) => {
    expect(seconds(timeline)).toEqual(times)
    expect(timeline.windows.map(({ startUs, endUs }) => [startUs / SECOND, endUs / SECOND])).toEqual(windows)
  })

  test('after a burst that warms up and has been answered', () => {
    const plan = { warmup: { kind: 'requests', requests: 2 } } as const
    const profile = {
      executor: 'burst-arrivals',
      burst: 3,
      bursts: 1,
      everyUs: null,
      maxUsers: 9,
      maxQueue: null,
    } as const
    const pacer = new Pacer(timelineOf(loadPlan(profile, plan)), 'uniform', 1, ALL)
    expect([pacer.nextUs, (pacer.advance(), pacer.nextUs), (pacer.advance(), pacer.nextUs)]).toEqual([0, 0, Infinity])
    pacer.retime(timelineOf(loadPlan(profile, plan), 5 * SECOND))
    const rest: number[] = []
    for (; pacer.nextUs < Infinity; pacer.advance()) rest.push(pacer.nextUs)
    expect(rest).toEqual([5 * SECOND, 5 * SECOND, 5 * SECOND])
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
