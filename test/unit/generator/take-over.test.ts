import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArrivalsPlan, ProfilePlan } from '../../../src/domain/load-plan.ts'
import { ArrivalDriver } from '../../../src/generator/arrival-driver.ts'
import { iterationBudget } from '../../../src/generator/iteration-budget.ts'
import { JointDriver } from '../../../src/generator/joint-driver.ts'
import { UserDriver } from '../../../src/generator/user-driver.ts'
import { iterationShare } from '../../../src/plan/iteration-share.ts'
import type { Lane } from '../../../src/plan/pacer.ts'
import { timelineOf } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { VirtualLoad } from '../../support/virtual-load.ts'

function arrivalDriver(load: VirtualLoad, profile: ArrivalsPlan, lane: Lane): ArrivalDriver {
  const { timeline, iterations, recorder, records } = load
  return new ArrivalDriver({
    profile,
    seed: 1,
    lane,
    timeline,
    iterations,
    recorder,
    seriesOf: () => records.iterations,
    now: () => load.nowUs,
  })
}

type UserProfile = Exclude<ProfilePlan, { maxUsers: number }>

function userDriver(load: VirtualLoad, profile: UserProfile, part: Lane, joinUs?: number): UserDriver {
  return new UserDriver({
    users: 'users' in profile ? profile.users : profile.steps[0]!.users,
    part,
    thinkTime: profile.thinkTime,
    budget: iterationBudget(profile, iterationShare(profile, part)),
    seed: 1,
    timeline: load.timeline,
    iterations: load.iterations,
    seriesOf: () => load.records.iterations,
    now: () => load.nowUs,
    wake: () => {},
    ...(joinUs === undefined ? {} : { joinUs }),
  })
}

const missed = (load: VirtualLoad): number =>
  load.recorder.drain().series.reduce((total, { outcomes }) => total + outcomes.missed, 0)

describe('the parts of one load', () => {
  const generators = fc.integer({ min: 1, max: 8 })

  test('have together exactly its arrivals, at their times', () => {
    fc.assert(
      fc.property(generators, fc.constantFrom('uniform', 'poisson', 'gamma'), (count, kind) => {
        const profile = arrivals(200, 2 * SECOND, { arrivals: kind, burstiness: 0.5, maxUsers: 1000 })
        const run = (lane: Lane): { k: number; scheduledAt: number }[] => {
          const load = new VirtualLoad(timelineOf(loadPlan(profile)), () => 5000)
          load.run(arrivalDriver(load, profile, lane), Infinity)
          return load.done.map(({ k, scheduledAt }) => ({ k, scheduledAt }))
        }
        const parts = Array.from({ length: count }, (_, index) => run({ index, count })).flat()
        expect(parts.sort((a, b) => a.k - b.k)).toEqual(run({ index: 0, count: 1 }))
      }),
      { numRuns: 12 },
    )
  })

  test('have together exactly its users, who think alike, and its iterations', () => {
    fc.assert(
      fc.property(generators, fc.integer({ min: 8, max: 30 }), fc.integer({ min: 1, max: 200 }), (count, crowd, n) => {
        const profile: UserProfile = {
          executor: 'shared-iterations',
          users: crowd,
          iterations: n,
          thinkTime: null,
          maxDurationUs: 60 * SECOND,
        }
        const thinking = users(crowd, SECOND, {
          thinkTime: { minUs: 10_000, maxUs: 200_000 },
        })
        const run = (of: UserProfile, part: Lane): string[] => {
          const load = new VirtualLoad(timelineOf(loadPlan(of)), () => 40_000)
          load.run(userDriver(load, of, part), Infinity)
          return load.done.map(({ user, scheduledAt }) => `${user} ${scheduledAt}`)
        }
        const all = (of: UserProfile): string[] =>
          Array.from({ length: count }, (_, index) => run(of, { index, count })).flat()
        expect(all(profile)).toHaveLength(n)
        expect(all(thinking).sort()).toEqual(run(thinking, { index: 0, count: 1 }).sort())
      }),
      { numRuns: 12 },
    )
  })
})

describe('a part that is taken over', () => {
  test.each(['uniform', 'poisson'] as const)('goes on with its %s arrivals, none of them sent late', (kind) => {
    const profile = arrivals(1000, 4 * SECOND, { arrivals: kind, maxUsers: 1000 })
    const timeline = timelineOf(loadPlan(profile))
    const alone = new VirtualLoad(timeline, () => 1000)
    alone.run(arrivalDriver(alone, profile, { index: 0, count: 1 }), Infinity)
    const load = new VirtualLoad(timeline, () => 1000)
    const own = arrivalDriver(load, profile, { index: 0, count: 2 })
    load.run(own, 1_500_000)
    // Generator 1 told of what it did until 1 s, and is given up at 1.5 s.
    const joint = new JointDriver(own)
    const taken = arrivalDriver(load, profile, { index: 1, count: 2 })
    joint.add(taken)
    let passed = 0
    for (let more = true; more; passed++) {
      expect(joint.exhausted).toBe(false)
      more = taken.skip(SECOND, load.nowUs, 100).more
    }
    expect(passed).toBeGreaterThan(5)
    load.run(joint, Infinity)
    const expected = alone.done.filter(({ k, scheduledAt }) => k % 2 === 0 || scheduledAt >= 1_500_000)
    expect(load.done.map(({ k }) => k)).toEqual(expected.map(({ k }) => k))
    expect(load.done.every(({ scheduledAt, dispatchedAt }) => scheduledAt === dispatchedAt)).toBe(true)
    const gap = alone.done.filter(({ k, scheduledAt }) => k % 2 === 1 && scheduledAt >= 1e6 && scheduledAt < 1.5e6)
    expect(missed(load)).toBe(gap.length)
  })

  test('brings its users back one after the other, and no user twice', () => {
    const profile = users(20, 4 * SECOND)
    const load = new VirtualLoad(timelineOf(loadPlan(profile)), () => 100_000)
    const joint = new JointDriver(userDriver(load, profile, { index: 0, count: 2 }))
    load.run(joint, SECOND)
    expect(load.mostInFlight).toBe(10)
    joint.add(userDriver(load, profile, { index: 1, count: 2 }, SECOND))
    load.run(joint, 1_500_000)
    expect(load.iterations.inFlight).toBe(15)
    load.run(joint, Infinity)
    expect(load.mostInFlight).toBe(20)
    expect(new Set(load.done.map(({ user }) => user)).size).toBe(20)
  })
})
