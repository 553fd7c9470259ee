import { describe, expect, test } from 'vitest'
import type { OpenLoadPlan } from '../../../src/domain/load-plan.ts'
import { ArrivalDriver } from '../../../src/generator/arrival-driver.ts'
import { timelineOf } from '../../../src/plan/timeline.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'
import { VirtualLoad } from '../../support/virtual-load.ts'

function drive(
  profile: OpenLoadPlan,
  serviceUs: (scheduledAt: number) => number,
  lane: { index: number; count: number } | null = { index: 0, count: 1 },
): { load: VirtualLoad; driver: ArrivalDriver } {
  const timeline = timelineOf(loadPlan(profile))
  const load = new VirtualLoad(timeline, ({ scheduledAt }) => serviceUs(scheduledAt))
  const { iterations, recorder, records } = load
  const driver = new ArrivalDriver({
    profile,
    seed: 1,
    lane,
    timeline,
    iterations,
    recorder,
    seriesOf: records.seriesOf,
    now: () => load.nowUs,
  })
  return { load, driver }
}

describe('arrivals', () => {
  test('are all sent at their times while users are free', () => {
    const { load, driver } = drive(arrivals(100, SECOND), () => 5000)
    load.run(driver, Infinity)
    expect(load.done).toHaveLength(100)
    expect(
      load.done.every(({ k, scheduledAt, dispatchedAt }) => scheduledAt === k * 10_000 && dispatchedAt === scheduledAt),
    ).toBe(true)
    expect(driver.exhausted).toBe(true)
  })

  test('reuse the user that came back last', () => {
    const { load, driver } = drive(arrivals(100, SECOND), () => 5000)
    load.run(driver, Infinity)
    expect(new Set(load.done.map(({ user }) => user))).toEqual(new Set([0]))
  })

  test('wait for a free user in order, and their latency says so', () => {
    // 100 requests a second for two users that need 50 ms each: 40 a second get through.
    const { load, driver } = drive(arrivals(100, SECOND, { maxUsers: 2 }), () => 50_000)
    load.run(driver, SECOND - 1)
    expect(load.mostInFlight).toBe(2)
    expect(driver.queued).toBe(100 - 38 - 2)
    load.run(driver, Infinity)
    expect(load.done.map(({ k }) => k)).toEqual(Array.from({ length: 100 }, (_, k) => k))
    expect(load.done.at(-1)!.endedAt).toBe(2.5 * SECOND + 10_000)
    const { series, paced } = load.recorder.drain()
    expect(series[0]!.outcomes).toMatchObject({ attempted: 100, good: 100, missed: 0, dropped: 0 })
    expect(series[0]!.distributions.latency!.max).toBe(load.done.at(-1)!.endedAt - 990_000)
    expect(series[0]!.distributions.pacerLag!.max).toBe(0)
    expect(paced).toEqual([{ window: 0, scheduled: 100, dispatched: 100 }])
  })

  test('show a stall of the server in the latency of everyone who came meanwhile', () => {
    // Two seconds without an answer from second 5 on; ten users at 100/s.
    const stall = (from: number): number => (from >= 5 * SECOND && from < 7 * SECOND ? 7 * SECOND - from : 0)
    const { load, driver } = drive(arrivals(100, 20 * SECOND, { maxUsers: 10 }), () => stall(load.nowUs) + 10_000)
    load.run(driver, Infinity)
    const latencies = load.done.map(({ scheduledAt, endedAt }) => endedAt - scheduledAt).sort((a, b) => a - b)
    expect(latencies).toHaveLength(2000)
    expect(latencies[Math.ceil(0.99 * 2000) - 1]).toBeGreaterThan(1.8 * SECOND)
  })

  test('are dropped when the queue is full, and count as attempted', () => {
    const { load, driver } = drive(arrivals(100, SECOND, { maxUsers: 1, maxQueue: 3 }), () => 10 * SECOND)
    load.run(driver, SECOND)
    expect(driver.queued).toBe(3)
    const { series, paced } = load.recorder.drain()
    expect(series[0]!.outcomes).toMatchObject({ attempted: 96, dropped: 96 })
    expect(paced).toEqual([{ window: 0, scheduled: 100, dispatched: 100 }])
  })

  test('over half a second late are missed, not sent in a burst', () => {
    const { load, driver } = drive(arrivals(100, 2 * SECOND), () => 1000)
    load.run(driver, 0)
    // The generator was stopped for a second.
    load.nowUs = SECOND
    load.run(driver, Infinity)
    const { series, paced } = load.recorder.drain()
    expect(series[0]!.outcomes).toMatchObject({ attempted: 200, good: 151, missed: 49 })
    expect(series[0]!.distributions.pacerLag).toMatchObject({ n: 200, max: 990_000 })
    expect(paced).toEqual([{ window: 0, scheduled: 200, dispatched: 151 }])
  })

  test('that are a little late when time is up are still sent', () => {
    const { load, driver } = drive(arrivals(100, SECOND), () => 1000)
    load.run(driver, 900_000)
    load.nowUs = SECOND + 100_000
    driver.stop('time-up')
    load.run(driver, Infinity)
    expect(load.done).toHaveLength(100)
  })

  test('that wait when the load is given up have failed as aborted', () => {
    const { load, driver } = drive(arrivals(10, SECOND, { maxUsers: 1 }), () => 10 * SECOND)
    load.run(driver, 500_000)
    driver.stop('asked')
    driver.abandon()
    load.iterations.abortAll()
    expect(driver.exhausted).toBe(true)
    expect(load.iterations.inFlight).toBe(0)
    const { series, errors } = load.recorder.drain()
    expect(series[0]!.outcomes).toMatchObject({ attempted: 6, failedByKind: { aborted: 5 } })
    expect(errors).toMatchObject([{ kind: 'aborted', count: 5 }])
  })

  test('that have not had their turn when the load is given up are missed, and nothing starts any more', () => {
    const { load, driver } = drive(arrivals(100, SECOND), () => 1000)
    load.run(driver, 595_000)
    load.nowUs = SECOND
    driver.stop('time-up')
    driver.abandon()
    expect(driver.exhausted).toBe(true)
    load.run(driver, Infinity)
    expect(load.done).toHaveLength(60)
    const { series, paced } = load.recorder.drain()
    expect(series[0]!.outcomes).toMatchObject({ attempted: 100, good: 60, missed: 40 })
    expect(paced).toEqual([{ window: 0, scheduled: 100, dispatched: 60 }])
  })

  test('of several generators are the arrivals of one, with users and queue places dealt', () => {
    const profile = arrivals(100, SECOND, { maxUsers: 5, maxQueue: 7 })
    const lanes = [0, 1, 2].map((index) => drive(profile, () => 10 * SECOND, { index, count: 3 }))
    for (const { load, driver } of lanes) load.run(driver, SECOND)
    expect(lanes.map(({ load }) => load.mostInFlight)).toEqual([2, 2, 1])
    expect(lanes.map(({ driver }) => driver.queued)).toEqual([3, 2, 2])
  })

  test('do not come to a generator that no user is left for', () => {
    const { driver } = drive(arrivals(100, SECOND, { maxUsers: 1 }), () => 1, null)
    expect(driver.dueUs).toBe(Infinity)
    expect(driver.exhausted).toBe(true)
  })

  test('of a burst are all sent at its instant, also where generators take turns with the larger share', () => {
    const profile = {
      executor: 'burst-arrivals',
      burst: 5,
      bursts: 3,
      everyUs: SECOND,
      maxUsers: 5,
      maxQueue: 0,
    } as const
    const lanes = [0, 1].map((index) => drive(profile, () => SECOND / 2, { index, count: 2 }))
    for (const { load, driver } of lanes) load.run(driver, Infinity)
    const done = lanes.flatMap(({ load }) => load.done).sort((a, b) => a.k - b.k)
    expect(done.map(({ k, scheduledAt, endedAt }) => [k, scheduledAt, endedAt])).toEqual(
      Array.from({ length: 15 }, (_, k) => {
        const us = Math.floor(k / 5) * SECOND
        return [k, us, us + SECOND / 2]
      }),
    )
  })
})
