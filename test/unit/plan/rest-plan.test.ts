import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import type { LoadProgress } from '../../../src/domain/load-progress.ts'
import { Pacer } from '../../../src/plan/pacer.ts'
import { restOf } from '../../../src/plan/rest-plan.ts'
import { timelineOf, userSpans, windowAt } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'

/** Broke off inside a window, after so many seconds of it. */
const inWindow = (window: number, seconds: number, more: Partial<LoadProgress> = {}): LoadProgress => ({
  untilUs: 1000 * SECOND,
  complete: false,
  windows: Array.from({ length: window + 1 }, (_, i) => ({
    window: i,
    measuredUs: i === window ? seconds * SECOND : 1,
    closedUs: i === window ? null : 1,
  })),
  attempted: 0,
  started: 0,
  ...more,
})

/** Arrivals in each window, warm-up and ramps under -1. */
function arrivalsIn(plan: LoadPlan): Record<number, number> {
  const timeline = timelineOf(plan)
  const pacer = new Pacer(timeline, 'uniform', 1, { index: 0, count: 1 })
  const counts: Record<number, number> = {}
  for (; pacer.nextUs !== Infinity; pacer.advance()) {
    const window = windowAt(timeline, pacer.nextUs)
    counts[window] = (counts[window] ?? 0) + 1
  }
  return counts
}

const STEPS = loadPlan(
  arrivals(0, 0, {
    executor: 'ramping-arrival-rate',
    steps: [
      { ratePerSecond: 10, durationUs: 10 * SECOND, rampUs: 0 },
      { ratePerSecond: 30, durationUs: 20 * SECOND, rampUs: 4 * SECOND },
    ],
  }),
  { warmup: { kind: 'duration', durationUs: 3 * SECOND }, cooldownUs: 2 * SECOND },
)

describe('a rate', () => {
  test('goes on in the middle of its step, after its warm-up at that level', () => {
    const rest = restOf(STEPS, inWindow(0, 4))!
    expect(arrivalsIn(rest)).toEqual({ [-1]: 3 * 10 + 4 * 20 + 2 * 30, 0: 6 * 10, 1: 20 * 30 })
    expect(timelineOf(rest).windows).toEqual([
      { window: 0, startUs: 3 * SECOND, endUs: 9 * SECOND },
      { window: 1, startUs: 13 * SECOND, endUs: 33 * SECOND },
    ])
  })

  test('goes on in a later step under its own number', () => {
    const rest = restOf(STEPS, inWindow(1, 15))!
    expect(arrivalsIn(rest)).toEqual({ [-1]: 3 * 30 + 2 * 30, 1: 5 * 30 })
  })

  test('goes on inside a ramp from the level that it had reached', () => {
    const rest = restOf(STEPS, {
      ...inWindow(0, 10),
      windows: [{ window: 0, measuredUs: 10 * SECOND, closedUs: 50 * SECOND }],
      untilUs: 52 * SECOND,
    })!
    const [warmup, ramp] = timelineOf(rest).segments
    expect(warmup).toMatchObject({ startUs: 0, endUs: 3 * SECOND, fromLevel: 20, toLevel: 20, window: -1 })
    expect(ramp).toMatchObject({ startUs: 3 * SECOND, endUs: 5 * SECOND, fromLevel: 20, toLevel: 30, window: -1 })
    expect(timelineOf(rest).windows).toEqual([{ window: 1, startUs: 5 * SECOND, endUs: 25 * SECOND }])
  })

  test('measures what it would have measured, wherever it breaks off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (window, share) => {
          const lengths = [10, 20]
          const done = Math.round(lengths[window]! * share * SECOND)
          const rest = timelineOf(restOf(STEPS, inWindow(window, done / SECOND))!)
          const left = rest.windows.map(({ window: index, startUs, endUs }) => [index, endUs - startUs])
          const whole = [
            [0, 10 * SECOND],
            [1, 20 * SECOND],
          ]
          whole[window]![1]! -= done
          expect(left).toEqual(whole.slice(window))
        },
      ),
    )
  })

  test('of a sine keeps its phase', () => {
    const sine = { amplitudePerSecond: 50, periodUs: 40 * SECOND }
    const plan = loadPlan(
      arrivals(0, 0, {
        executor: 'sine-arrival-rate',
        steps: [{ ratePerSecond: 100, durationUs: 80 * SECOND, rampUs: 0, sine }],
      }),
    )
    const rest = restOf(plan, inWindow(0, 50))!
    expect(timelineOf(rest).segments).toMatchObject([{ startUs: 0, endUs: 30 * SECOND, sine: { intoUs: 50 * SECOND } }])
    expect(arrivalsIn(plan)[0]! - arrivalsIn(rest)[0]!).toBeCloseTo(5000 + (50 * 40) / Math.PI / 2, -1)
  })

  test('waits for a warm-up by requests', () => {
    const rest = restOf({ ...STEPS, warmup: { kind: 'requests', requests: 5 } }, inWindow(1, 15))!
    expect(timelineOf(rest)).toMatchObject({ windows: [], endUs: Infinity })
    expect(timelineOf(rest, 7 * SECOND).windows).toEqual([{ window: 1, startUs: 7 * SECOND, endUs: 12 * SECOND }])
  })
})

test('users come back as they came, and work what is left', () => {
  const plan = loadPlan(users(4, 20 * SECOND, { spawnRatePerSecond: 2 }))
  const timeline = timelineOf(restOf(plan, inWindow(0, 15))!)
  expect(timeline.windows).toEqual([{ window: 0, startUs: 2 * SECOND, endUs: 7 * SECOND }])
  expect(userSpans(timeline, 3)).toEqual([{ fromUs: 1.5 * SECOND, toUs: 7 * SECOND }])
})

describe('bursts in a rhythm', () => {
  const plan = loadPlan({
    executor: 'burst-arrivals',
    burst: 7,
    bursts: 5,
    everyUs: 2 * SECOND,
    maxUsers: 10,
    maxQueue: null,
  })
  test('that are left come in the rhythm', () => {
    const timeline = timelineOf(restOf(plan, inWindow(0, 5))!)
    expect(timeline.segments.map(({ startUs, burst }) => [startUs, burst])).toEqual([
      [1 * SECOND, 7],
      [3 * SECOND, 7],
    ])
    expect(timeline.windows).toEqual([{ window: 0, startUs: 0, endUs: 5 * SECOND }])
  })

  test('a single one cannot be torn', () => {
    const single = { ...plan, profile: { ...plan.profile, bursts: 1, everyUs: null } } as LoadPlan
    expect(() => restOf(single, inWindow(0, 1))).toThrow('a single burst cannot go on after a break')
  })
})

describe('iterations', () => {
  const shared = loadPlan({
    executor: 'shared-iterations',
    users: 3,
    iterations: 100,
    thinkTime: null,
    maxDurationUs: 60 * SECOND,
  })

  test('that are missing are done, in the time that is left', () => {
    expect(restOf(shared, inWindow(0, 20, { attempted: 37, started: 45 }))).toMatchObject({
      profile: { executor: 'shared-iterations', users: 3, iterations: 63, maxDurationUs: 40 * SECOND },
      rest: { iterations: 45 },
    })
  })

  test('of a number for each user are shared once some are done', () => {
    const each = {
      ...shared,
      profile: { ...shared.profile, executor: 'per-vu-iterations', iterationsPerUser: 10 },
    } as LoadPlan
    expect(restOf(each, inWindow(0, 20, { attempted: 25 }))!.profile).toMatchObject({
      executor: 'shared-iterations',
      users: 3,
      iterations: 5,
    })
    expect(restOf(each, inWindow(0, 0))!.profile).toMatchObject({
      executor: 'per-vu-iterations',
      iterationsPerUser: 10,
    })
  })

  test.each([
    ['all are done', inWindow(0, 20, { attempted: 100 })],
    ['their time was up', inWindow(0, 60, { attempted: 99 })],
  ])('leave nothing when %s', (_, done) => {
    expect(restOf(shared, done)).toBeNull()
  })
})

describe('nothing is left', () => {
  test('of a load that had told all', () => {
    expect(restOf(STEPS, inWindow(0, 1, { complete: true }))).toBeNull()
  })

  test('of a load whose last window was over', () => {
    expect(restOf(STEPS, inWindow(1, 20))).toBeNull()
  })
})

test('a load that broke off before its window starts anew, with the next rows of its data', () => {
  const rest = restOf(STEPS, { untilUs: 2 * SECOND, complete: false, windows: [], attempted: 0, started: 20 })!
  expect(timelineOf(rest)).toEqual(timelineOf(STEPS))
  expect(rest.rest).toEqual({ doneUs: 0, iterations: 20 })
})
