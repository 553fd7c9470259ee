import { describe, expect, test } from 'vitest'
import {
  isIterationProfile,
  type LoadPlan,
  type OpenLoadPlan,
  type ProfilePlan,
  type SharedIterationsPlan,
} from '../../../src/domain/load-plan.ts'
import { iterationBudget } from '../../../src/generator/iteration-budget.ts'
import { UserDriver } from '../../../src/generator/user-driver.ts'
import { iterationShare } from '../../../src/plan/iteration-share.ts'
import { timelineOf } from '../../../src/plan/timeline.ts'
import type { GeneratorPart } from '../../../src/pool/protocol.ts'
import { loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { VirtualLoad } from '../../support/virtual-load.ts'

type UserProfile = Exclude<ProfilePlan, OpenLoadPlan>

function drive(
  profile: UserProfile,
  serviceUs: number | ((user: number) => number),
  { part = { index: 0, count: 1 }, plan = {} }: { part?: GeneratorPart; plan?: Partial<LoadPlan> } = {},
): { load: VirtualLoad; driver: UserDriver } {
  const timeline = timelineOf(loadPlan(profile, plan))
  const load = new VirtualLoad(timeline, ({ user }) => (typeof serviceUs === 'number' ? serviceUs : serviceUs(user)))
  const count = isIterationProfile(profile) ? profile.users : Math.max(...profile.steps.map((step) => step.users))
  const driver = new UserDriver({
    users: count,
    part,
    thinkTime: profile.thinkTime,
    budget: iterationBudget(profile, iterationShare(profile, part)),
    seed: 1,
    timeline,
    iterations: load.iterations,
    seriesOf: load.records.seriesOf,
    now: () => load.nowUs,
    wake: () => {},
  })
  return { load, driver }
}

const shared = (
  count: number,
  iterations: number,
  changes: Partial<SharedIterationsPlan> = {},
): SharedIterationsPlan => ({
  executor: 'shared-iterations',
  users: count,
  iterations,
  thinkTime: null,
  maxDurationUs: 60 * SECOND,
  ...changes,
})

describe('users over time', () => {
  test('start their next iteration when the last one has ended', () => {
    const { load, driver } = drive(users(3, SECOND), 100_000)
    load.run(driver, Infinity)
    expect(load.mostInFlight).toBe(3)
    expect(load.done.filter(({ user }) => user === 1).map(({ scheduledAt }) => scheduledAt)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => i * 100_000),
    )
    expect(load.done).toHaveLength(30)
    expect(new Set(load.done.map(({ k }) => k)).size).toBe(30)
  })

  test('think between iterations, within the given range and by the seed', () => {
    const profile = users(2, 20 * SECOND, { thinkTime: { minUs: 200_000, maxUs: 600_000 } })
    const gaps = (): number[] => {
      const { load, driver } = drive(profile, 50_000)
      load.run(driver, Infinity)
      const mine = load.done.filter(({ user }) => user === 1)
      return mine.slice(1).map(({ scheduledAt }, i) => scheduledAt - mine[i]!.endedAt)
    }
    const thinking = gaps()
    expect(thinking.length).toBeGreaterThan(20)
    expect(thinking.every((us) => us >= 200_000 && us <= 600_000)).toBe(true)
    expect(new Set(thinking).size).toBe(thinking.length)
    expect(gaps()).toEqual(thinking)
  })

  test('who wake up late after thinking have a pacer lag, not a later schedule', () => {
    const { load, driver } = drive(users(1, 10 * SECOND, { thinkTime: { minUs: SECOND, maxUs: SECOND } }), 100_000)
    load.run(driver, 500_000)
    load.nowUs = 1_130_000
    driver.fire(load.nowUs)
    load.run(driver, 1_500_000)
    expect(load.done[1]).toMatchObject({ scheduledAt: 1_100_000, dispatchedAt: 1_130_000 })
    expect(load.recorder.drain().series[0]!.distributions.pacerLag!.max).toBe(30_000)
  })

  test('start at the spawn rate', () => {
    const { load, driver } = drive(users(4, SECOND, { spawnRatePerSecond: 2 }), 100_000)
    load.run(driver, 1_400_000)
    expect(driver.usersActive).toBe(3)
    const firsts = [0, 1, 2].map((user) => load.done.find((iteration) => iteration.user === user)!.scheduledAt)
    expect(firsts).toEqual([0, 500_000, 1_000_000])
  })

  test('who leave finish their iteration, and come back with the next step', () => {
    const steps = [
      [3, 0],
      [1, 0],
      [2, 0],
    ].map(([count, ramp]) => ({ users: count!, durationUs: SECOND, rampUs: ramp! }))
    const { load, driver } = drive({ ...users(1, 1), executor: 'ramping-vus', steps }, 300_000)
    load.run(driver, 1_100_000)
    expect(load.iterations.inFlight).toBe(3)
    load.run(driver, 1_250_000)
    expect(driver.usersActive).toBe(1)
    load.run(driver, Infinity)
    const starts = (user: number): number[] =>
      load.done.filter((iteration) => iteration.user === user).map(({ scheduledAt }) => scheduledAt)
    expect(starts(2)).toEqual([0, 300_000, 600_000, 900_000])
    expect(starts(1)).toEqual([0, 300_000, 600_000, 900_000, 2_000_000, 2_300_000, 2_600_000, 2_900_000])
    expect(driver.exhausted).toBe(true)
  })

  test('who are thinking leave at once', () => {
    const steps = [2, 1].map((count) => ({ users: count, durationUs: SECOND, rampUs: 0 }))
    const { load, driver } = drive(
      { ...users(1, 1, { thinkTime: { minUs: 5 * SECOND, maxUs: 5 * SECOND } }), executor: 'ramping-vus', steps },
      1000,
    )
    load.run(driver, SECOND + 1)
    expect(driver.usersActive).toBe(1)
  })

  test('of several generators are the users of one', () => {
    const parts = [0, 1, 2].map((index) => drive(users(7, SECOND), 250_000, { part: { index, count: 3 } }))
    for (const { load, driver } of parts) load.run(driver, Infinity)
    const done = parts.flatMap(({ load }) => load.done)
    expect(new Set(done.map(({ user }) => user))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
    expect(new Set(done.map(({ k }) => k)).size).toBe(28)
  })
})

describe('iterations by count', () => {
  test('are shared: a faster user does more of them', () => {
    const { load, driver } = drive(shared(2, 20), (user) => (user === 0 ? 10_000 : 30_000))
    load.run(driver, Infinity)
    expect([0, 1].map((user) => load.done.filter((iteration) => iteration.user === user).length)).toEqual([15, 5])
    expect(driver.exhausted).toBe(true)
  })

  test('per user are the same for everyone', () => {
    const profile = {
      executor: 'per-vu-iterations',
      users: 3,
      iterationsPerUser: 4,
      thinkTime: null,
      maxDurationUs: SECOND,
    } as const
    const { load, driver } = drive(profile, (user) => 10_000 * (user + 1))
    load.run(driver, Infinity)
    expect([0, 1, 2].map((user) => load.done.filter((iteration) => iteration.user === user).length)).toEqual([4, 4, 4])
  })

  test.each([
    [1, 9, 2],
    [3, 10, 2],
    [4, 7, 4],
    [2, 5, 3],
  ])('of %d users and %d iterations on %d generators add up', (count, iterations, generators) => {
    const parts = Array.from({ length: generators }, (_, index) =>
      drive(shared(count, iterations), 1000, { part: { index, count: generators } }),
    )
    for (const { load, driver } of parts) load.run(driver, Infinity)
    expect(parts.flatMap(({ load }) => load.done)).toHaveLength(iterations)
    expect(parts.every(({ driver }) => driver.exhausted)).toBe(true)
  })

  test('not started within maxDuration are dropped', () => {
    const { load, driver } = drive(shared(2, 100, { maxDurationUs: SECOND }), 100_000)
    load.run(driver, SECOND)
    driver.stop('time-up')
    load.run(driver, Infinity)
    expect(load.done).toHaveLength(20)
    expect(
      load.recorder.drain().series.map(({ window, outcomes }) => [window, outcomes.good, outcomes.dropped]),
    ).toEqual([[0, 20, 80]])
  })

  test('are not dropped when somebody asked for the end', () => {
    const { load, driver } = drive(shared(2, 100), 100_000)
    load.run(driver, SECOND - 1)
    driver.stop('asked')
    load.run(driver, Infinity)
    expect(load.recorder.drain().series[0]!.outcomes).toMatchObject({ attempted: 20, dropped: 0 })
  })

  test('before the window opens are warm-up and use up none', () => {
    const { load, driver } = drive(shared(2, 10), 100_000, {
      plan: { warmup: { kind: 'duration', durationUs: 550_000 } },
    })
    load.run(driver, Infinity)
    const { series } = load.recorder.drain()
    expect(Object.fromEntries(series.map(({ window, outcomes }) => [window, outcomes.good]))).toEqual({
      '-1': 12,
      0: 10,
    })
  })

  test('after an open-ended warm-up are counted from where it was declared over', () => {
    const plan = { warmup: { kind: 'requests', requests: 5 } as const }
    const { load, driver } = drive(shared(2, 10), 100_000, { plan })
    load.run(driver, 730_000)
    load.timeline = timelineOf(loadPlan(shared(2, 10), plan), 750_000)
    driver.retime(load.timeline)
    load.run(driver, Infinity)
    const { series } = load.recorder.drain()
    expect(Object.fromEntries(series.map(({ window, outcomes }) => [window, outcomes.good]))).toEqual({
      '-1': 16,
      0: 10,
    })
  })
})
