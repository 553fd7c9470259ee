import { describe, expect, test } from 'vitest'
import type { WarmupPlan } from '../../../src/domain/load-plan.ts'
import { ArrivalDriver } from '../../../src/generator/arrival-driver.ts'
import { iterationBudget } from '../../../src/generator/iteration-budget.ts'
import { UserDriver } from '../../../src/generator/user-driver.ts'
import { timelineOf } from '../../../src/plan/timeline.ts'
import { events, outcomes } from '../../support/delta-reading.ts'
import { generatorBench, slow } from '../../support/generator-bench.ts'
import { nowUs } from '../../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { VirtualLoad } from '../../support/virtual-load.ts'

const OPEN_ENDED: readonly WarmupPlan[] = [{ kind: 'auto' }, { kind: 'requests', requests: 100 }]

describe.each(OPEN_ENDED)('warm-up %o is handed over', (warmup) => {
  test('to arrivals that go on at the same even times', () => {
    const plan = loadPlan(arrivals(40, 2 * SECOND), { warmup, cooldownUs: SECOND })
    const load = new VirtualLoad(timelineOf(plan), () => 500_000)
    const driver = new ArrivalDriver({
      profile: arrivals(40, 2 * SECOND),
      seed: 1,
      lane: { index: 0, count: 1 },
      timeline: load.timeline,
      iterations: load.iterations,
      recorder: load.recorder,
      seriesOf: load.records.seriesOf,
      now: () => load.nowUs,
    })
    // Not on an arrival's time, and with 20 answers in flight.
    load.run(driver, 3_010_000)
    load.timeline = timelineOf(plan, 3_060_000)
    driver.retime(load.timeline)
    load.run(driver, Infinity)
    const starts = load.done.map(({ scheduledAt }) => scheduledAt)
    expect(starts).toEqual(Array.from({ length: 243 }, (_, k) => k * 25_000))
    expect(load.mostInFlight).toBe(20)
    const { series } = load.recorder.drain()
    const attempted = (window: number): number => series.find((one) => one.window === window)!.outcomes.attempted
    // 3.06 s before, two seconds measured, one of cool-down: each request in exactly one of them.
    expect([attempted(0), attempted(-1)]).toEqual([80, 163])
  })

  test('to users who are neither all started again nor sent away', () => {
    const profile = users(10, 2 * SECOND)
    const plan = loadPlan(profile, { warmup, cooldownUs: SECOND })
    const load = new VirtualLoad(timelineOf(plan), ({ user }) => 90_000 + 2000 * user)
    const part = { index: 0, count: 1 }
    const driver = new UserDriver({
      users: 10,
      part,
      thinkTime: null,
      budget: iterationBudget(profile, null),
      seed: 1,
      timeline: load.timeline,
      iterations: load.iterations,
      seriesOf: load.records.seriesOf,
      now: () => load.nowUs,
      wake: () => {},
    })
    load.run(driver, 3_010_000)
    const before = load.iterations.inFlight
    load.timeline = timelineOf(plan, 3_060_000)
    driver.retime(load.timeline)
    load.run(driver, 3_060_000)
    expect([before, load.iterations.inFlight, load.mostInFlight]).toEqual([10, 10, 10])
    load.run(driver, Infinity)
    for (const user of [0, 9]) {
      const mine = load.done.filter((iteration) => iteration.user === user)
      expect(mine.every(({ scheduledAt }, i) => i === 0 || scheduledAt === mine[i - 1]!.endedAt)).toBe(true)
      expect(mine.at(-1)!.endedAt).toBeGreaterThanOrEqual(6_060_000)
    }
    const { series } = load.recorder.drain()
    const attempted = series.reduce((total, one) => total + one.outcomes.attempted, 0)
    expect(attempted).toBe(load.done.length)
  })
})

const { newGenerator, serve } = generatorBench()

test('answers in flight over the opening and into the cool-down are counted once, where they were scheduled', async () => {
  let served = 0
  const url = await serve((request, response) => {
    served++
    slow(300)(request, response)
  })
  const plan = loadPlan(arrivals(100, SECOND), {
    scenario: httpScenario(url),
    warmup: { kind: 'auto' },
    cooldownUs: 300_000,
    generators: 2,
  })
  const generators = [newGenerator(), newGenerator()]
  generators.forEach((generator, index) => generator.prepare(plan, { index, count: 2 }))
  await Promise.all(generators.map((generator) => generator.report('ready')))
  const startUs = nowUs() + 50_000
  for (const generator of generators) generator.send({ kind: 'go', startUs })
  await generators[0]!.report('delta')
  for (const generator of generators) generator.send({ kind: 'open', atUs: startUs + 1_200_000 })
  await Promise.all(generators.map((generator) => generator.report('delta', ({ final }) => final)))
  const deltas = generators.flatMap((generator) => generator.deltas)
  // Only the main process knows when it is steady.
  expect(generators.flatMap(({ reports }) => reports.filter(({ kind }) => kind === 'warm'))).toEqual([])
  expect(outcomes(deltas, 0)).toMatchObject({ attempted: 100, good: 100 })
  expect(outcomes(deltas, -1)).toMatchObject({ attempted: 150, good: 150 })
  expect(served).toBe(250)
  // Answers of 30 requests of the warm-up fell into the window, and of 30 of its own after it.
  expect(events(deltas, 0).completed).toBeGreaterThan(90)
  expect(events(deltas, 0).completed).toBeLessThan(110)
  for (const { windows } of generators.map((generator) => generator.deltas.at(-1)!))
    expect(windows).toEqual([{ window: 0, startUs: 1_200_000, endUs: 2_200_000 }])
}, 20_000)
