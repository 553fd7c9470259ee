import { describe, expect, test } from 'vitest'
import type { ArrivalsPlan, UsersPlan } from '../../../src/domain/load-plan.ts'
import { cutTimeline, isOpenEnded, timelineOf, userSpans, windowAt } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'

const warmup = (seconds: number): { kind: 'duration'; durationUs: number } => ({
  kind: 'duration',
  durationUs: seconds * SECOND,
})

const steps = (...list: [rate: number, seconds: number, ramp: number][]): ArrivalsPlan => ({
  ...arrivals(1, 1),
  executor: 'ramping-arrival-rate',
  steps: list.map(([ratePerSecond, duration, ramp]) => ({
    ratePerSecond,
    durationUs: duration * SECOND,
    rampUs: ramp * SECOND,
  })),
})

const userSteps = (
  spawnRatePerSecond: number | null,
  ...list: [users: number, seconds: number, ramp: number][]
): UsersPlan => ({
  ...users(1, 1, { spawnRatePerSecond }),
  executor: 'ramping-vus',
  steps: list.map(([count, duration, ramp]) => ({
    users: count,
    durationUs: duration * SECOND,
    rampUs: ramp * SECOND,
  })),
})

const windowsInSeconds = (timeline: ReturnType<typeof timelineOf>): number[][] =>
  timeline.windows.map(({ window, startUs, endUs }) => [window, startUs / SECOND, endUs / SECOND])

describe('time profiles', () => {
  test('a window opens after the warm-up and the cool-down lies outside it', () => {
    const timeline = timelineOf(loadPlan(arrivals(10, 60 * SECOND), { warmup: warmup(5), cooldownUs: 2 * SECOND }))
    expect(windowsInSeconds(timeline)).toEqual([[0, 5, 65]])
    expect(timeline.endUs).toBe(67 * SECOND)
    expect([0, 4.999999, 5, 64.999999, 65].map((s) => windowAt(timeline, s * SECOND))).toEqual([-1, -1, 0, 0, -1])
  })

  test('each step has a window of its own and ramps lie outside all of them', () => {
    const timeline = timelineOf(loadPlan(steps([10, 5, 0], [20, 5, 2], [5, 5, 0]), { warmup: warmup(1) }))
    expect(windowsInSeconds(timeline)).toEqual([
      [0, 1, 6],
      [1, 8, 13],
      [2, 13, 18],
    ])
    expect(windowAt(timeline, 7 * SECOND)).toBe(-1)
    expect(windowAt(timeline, 13 * SECOND)).toBe(2)
  })

  test("the first step's ramp is part of the warm-up", () => {
    const profile = steps([10, 5, 3])
    expect(windowsInSeconds(timelineOf(loadPlan(profile, { warmup: warmup(1) })))).toEqual([[0, 3, 8]])
    expect(windowsInSeconds(timelineOf(loadPlan(profile, { warmup: warmup(4) })))).toEqual([[0, 4, 9]])
  })

  test('starting users at a spawn rate is part of the warm-up', () => {
    const profile = users(50, 60 * SECOND, { spawnRatePerSecond: 5 })
    expect(windowsInSeconds(timelineOf(loadPlan(profile, { warmup: warmup(4) })))).toEqual([[0, 10, 70]])
    expect(windowsInSeconds(timelineOf(loadPlan(profile, { warmup: warmup(12) })))).toEqual([[0, 12, 72]])
  })
})

describe('a warm-up by requests', () => {
  const plan = loadPlan(arrivals(10, 60 * SECOND), { warmup: { kind: 'requests', requests: 20 } })

  test('has no windows and no end until it is declared over', () => {
    const timeline = timelineOf(plan)
    expect(isOpenEnded(plan)).toBe(true)
    expect(timeline.windows).toEqual([])
    expect(timeline.endUs).toBe(Infinity)
    expect(timeline.segments).toEqual([{ startUs: 0, endUs: Infinity, fromLevel: 10, toLevel: 10, window: -1 }])
  })

  test('is followed by the windows from where it was declared over', () => {
    expect(windowsInSeconds(timelineOf(plan, 2.5 * SECOND))).toEqual([[0, 2.5, 62.5]])
  })

  test('lasts at least as long as the climb to the first step', () => {
    const spawning = { ...plan, profile: users(10, SECOND, { spawnRatePerSecond: 2 }) }
    expect(windowsInSeconds(timelineOf(spawning, SECOND))).toEqual([[0, 5, 6]])
  })

  test('of no requests is none', () => {
    const none = { ...plan, warmup: { kind: 'requests', requests: 0 } as const }
    expect(isOpenEnded(none)).toBe(false)
    expect(windowsInSeconds(timelineOf(none))).toEqual([[0, 0, 60]])
  })
})

describe('iteration profiles', () => {
  test('have one window without an end; nothing starts once maxDuration after its opening', () => {
    const profile = {
      executor: 'shared-iterations',
      users: 2,
      iterations: 9,
      thinkTime: null,
      maxDurationUs: 30 * SECOND,
    } as const
    const timeline = timelineOf(loadPlan(profile, { warmup: warmup(5), cooldownUs: SECOND }))
    expect(timeline.windows).toEqual([{ window: 0, startUs: 5 * SECOND, endUs: Infinity }])
    expect(timeline.endUs).toBe(35 * SECOND)
    expect(userSpans(timeline, 1)).toEqual([{ fromUs: 0, toUs: 35 * SECOND }])
    expect(userSpans(timeline, 2)).toEqual([])
  })
})

describe('the users of a timeline', () => {
  test('start in order at the spawn rate and stay to the end', () => {
    const timeline = timelineOf(loadPlan(users(4, 10 * SECOND, { spawnRatePerSecond: 2 })))
    expect([0, 1, 2, 3, 4].map((user) => userSpans(timeline, user)[0]?.fromUs)).toEqual([
      0,
      0.5e6,
      1e6,
      1.5e6,
      undefined,
    ])
    expect(userSpans(timeline, 3)).toEqual([{ fromUs: 1.5e6, toUs: 12e6 }])
  })

  test('leave last come first when the level falls, and come back when it rises', () => {
    const timeline = timelineOf(loadPlan(userSteps(null, [4, 10, 0], [2, 10, 4], [4, 10, 0])))
    expect(userSpans(timeline, 0)).toEqual([{ fromUs: 0, toUs: 34 * SECOND }])
    expect(userSpans(timeline, 3)).toEqual([
      { fromUs: 0, toUs: 12 * SECOND },
      { fromUs: 24 * SECOND, toUs: 34 * SECOND },
    ])
    expect(userSpans(timeline, 2)).toEqual([
      { fromUs: 0, toUs: 14 * SECOND },
      { fromUs: 24 * SECOND, toUs: 34 * SECOND },
    ])
  })

  test('are as many as the level says at any time', () => {
    const timeline = timelineOf(loadPlan(userSteps(3, [9, 5, 0], [3, 5, 2], [12, 5, 4])))
    for (let us = 0; us < timeline.endUs; us += 97_003) {
      const segment = timeline.segments.find(({ startUs, endUs }) => startUs <= us && us < endUs)!
      const level =
        segment.fromLevel +
        ((us - segment.startUs) / (segment.endUs - segment.startUs)) * (segment.toLevel - segment.fromLevel)
      const working = Array.from({ length: 12 }, (_, user) => userSpans(timeline, user)).filter((spans) =>
        spans.some(({ fromUs, toUs }) => fromUs <= us && us < toUs),
      )
      expect(Math.abs(working.length - level)).toBeLessThanOrEqual(1)
    }
  })
})

test('a load that is stopped early has no window after the stop', () => {
  const timeline = cutTimeline(timelineOf(loadPlan(steps([10, 5, 0], [20, 5, 0]))), 3 * SECOND)
  expect(windowsInSeconds(timeline)).toEqual([[0, 0, 3]])
  expect(windowAt(timeline, 3 * SECOND)).toBe(-1)
  expect(timeline.endUs).toBe(3 * SECOND)
})
