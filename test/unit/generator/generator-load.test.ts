import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { percentile } from '../../../src/domain/distribution.ts'
import type { ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import type { GeneratorPart } from '../../../src/pool/protocol.ts'
import { distribution, events, outcomes } from '../../support/delta-reading.ts'
import { generatorBench, model, slow } from '../../support/generator-bench.ts'
import { type ForkedGenerator, nowUs } from '../../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND, users } from '../../support/load-plan.ts'

const { newGenerator, serve } = generatorBench()

describe('a load', () => {
  test('at a rate is measured in its window, with every second told once', async () => {
    const url = await serve(slow(20))
    const plan = loadPlan(arrivals(50, 2 * SECOND), {
      scenario: httpScenario(url),
      warmup: { kind: 'duration', durationUs: SECOND },
      cooldownUs: 200_000,
    })
    const deltas = await newGenerator().load(plan)
    expect(outcomes(deltas)).toMatchObject({ attempted: 100, good: 100, dropped: 0, missed: 0 })
    expect(outcomes(deltas, -1)).toMatchObject({ attempted: 60 })
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, i) => i))
    expect(deltas.map(({ final }) => final)).toEqual(deltas.map((_, i) => i === deltas.length - 1))
    expect(deltas.at(-1)!.windows).toEqual([{ window: 0, startUs: SECOND, endUs: 3 * SECOND }])
    expect(deltas.at(-1)).toMatchObject({ inFlight: 0, queued: 0 })
    const paced = deltas.flatMap((delta) => delta.paced).filter(({ window }) => window === 0)
    expect(paced.reduce((sum, { scheduled }) => sum + scheduled, 0)).toBe(100)
    expect(distribution(deltas, 'pacerLag').n).toBe(100)
    const service = distribution(deltas, 'serviceTime')
    expect(service.n).toBe(100)
    expect(service.min).toBeGreaterThanOrEqual(19_000)
    expect(percentile(service, 50)).toBeLessThan(60_000)
    const { sent, bytesReceived } = events(deltas, 0)
    expect(Math.abs(sent! - 100)).toBeLessThanOrEqual(1)
    expect(Math.abs(bytesReceived! - 200)).toBeLessThanOrEqual(4)
    const health = deltas[1]!
    expect(health.cpuShare).toBeGreaterThan(0)
    expect(health.rssBytes).toBeGreaterThan(10e6)
    expect(Math.abs(health.clockOffsetUs - (Date.now() * 1000 - nowUs()))).toBeLessThan(50_000)
  }, 20_000)

  test('on two generators adds up to one', async () => {
    const url = await serve(slow(1))
    const plan = loadPlan(arrivals(101, SECOND, { arrivals: 'poisson' }), {
      scenario: httpScenario(url),
      generators: 2,
    })
    const parts = await Promise.all([0, 1].map((index) => newGenerator().load(plan, { index, count: 2 })))
    const alone = await newGenerator().load(plan)
    expect(outcomes(parts.flat()).attempted).toBe(outcomes(alone).attempted)
  }, 20_000)

  test('in one burst is at the server all at once, and its window ends with the last answer', async () => {
    const [waiting, arrivedMs]: [ServerResponse[], number[]] = [[], []]
    const url = await serve((_request, response) => {
      arrivedMs.push(performance.now())
      if (waiting.push(response) === 20) setTimeout(() => waiting.forEach((one) => one.end('ok')), 200)
    })
    const burst = {
      executor: 'burst-arrivals',
      burst: 20,
      bursts: 1,
      everyUs: null,
      maxUsers: 20,
      maxQueue: 0,
    } as const
    const deltas = await newGenerator().load(loadPlan(burst, { scenario: httpScenario(url) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 20, good: 20, dropped: 0 })
    const [window] = deltas.at(-1)!.windows
    expect(window!.startUs).toBe(0)
    expect(window!.endUs! / 1000).toBeGreaterThan(199)
    expect(window!.endUs! / 1000).toBeLessThan(arrivedMs.at(-1)! - arrivedMs[0]! + 800)
  }, 20_000)

  test('shows a stalled server in latency and not in service time', async () => {
    let startMs = 0
    const url = await serve((_request, response) => {
      startMs ||= performance.now()
      const elapsed = performance.now() - startMs
      setTimeout(() => response.end('ok'), elapsed > 500 && elapsed < 1500 ? 1500 - elapsed : 1)
    })
    const deltas = await newGenerator().load(
      loadPlan(arrivals(100, 3 * SECOND, { maxUsers: 5 }), { scenario: httpScenario(url) }),
    )
    expect(outcomes(deltas)).toMatchObject({ attempted: 300, good: 300, missed: 0 })
    expect(percentile(distribution(deltas, 'latency'), 95)!).toBeGreaterThan(700_000)
    expect(percentile(distribution(deltas, 'serviceTime'), 95)!).toBeLessThan(300_000)
    expect(percentile(distribution(deltas, 'queueWait'), 95)!).toBeGreaterThan(500_000)
  }, 20_000)

  test('of users ends their last requests, and aborts those that outlast the graceful stop', async () => {
    const url = await serve(slow(400))
    const scenario = httpScenario(url)
    const patient = await newGenerator().load(loadPlan(users(3, SECOND), { scenario }))
    expect(outcomes(patient)).toMatchObject({ attempted: 9, good: 9 })
    const hasty = await newGenerator().load(loadPlan(users(3, SECOND), { scenario, gracefulStopUs: 50_000 }))
    expect(outcomes(hasty)).toMatchObject({ attempted: 9, good: 6, failedByKind: { aborted: 3 } })
    expect(hasty.flatMap(({ errors }) => errors)).toMatchObject([{ kind: 'aborted', count: 3 }])
  }, 20_000)

  test('by count ends by itself with the last answer', async () => {
    const url = await serve(slow(10))
    const profile = {
      executor: 'shared-iterations',
      users: 4,
      iterations: 50,
      thinkTime: null,
      maxDurationUs: 60 * SECOND,
    } as const
    const deltas = await newGenerator().load(loadPlan(profile, { scenario: httpScenario(url) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 50, good: 50 })
    const { windows, atUs } = deltas.at(-1)!
    expect(windows).toMatchObject([{ window: 0, startUs: 0 }])
    expect(windows[0]!.endUs! > 100_000 && windows[0]!.endUs! <= atUs).toBe(true)
  }, 20_000)

  test('by count ends with its last user, also one that thought last', async () => {
    const url = await serve(slow(10))
    const profile = {
      executor: 'shared-iterations',
      users: 4,
      iterations: 20,
      thinkTime: { minUs: 50_000, maxUs: 50_000 },
      maxDurationUs: 60 * SECOND,
    } as const
    const deltas = await newGenerator().load(loadPlan(profile, { scenario: httpScenario(url) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 20, good: 20 })
    expect(deltas.at(-1)!.atUs).toBeLessThan(5 * SECOND)
  }, 20_000)

  test('waits for the end of a warm-up by requests, which every generator reports', async () => {
    const url = await serve(slow(5))
    const plan = loadPlan(arrivals(50, SECOND), {
      scenario: httpScenario(url),
      warmup: { kind: 'requests', requests: 11 },
    })
    const parts = [0, 1].map((index): [ForkedGenerator, GeneratorPart] => [newGenerator(), { index, count: 2 }])
    for (const [generator, part] of parts) generator.prepare(plan, part)
    await Promise.all(parts.map(([generator]) => generator.report('ready')))
    const startUs = nowUs() + 20_000
    for (const [generator] of parts) generator.send({ kind: 'go', startUs })
    await Promise.all(parts.map(([generator]) => generator.report('warm')))
    const atUs = nowUs() + 50_000
    for (const [generator] of parts) generator.send({ kind: 'open', atUs })
    await Promise.all(parts.map(([generator]) => generator.report('delta', ({ final }) => final)))
    const deltas = parts.flatMap(([generator]) => generator.deltas)
    expect(outcomes(deltas, -1).good).toBeGreaterThanOrEqual(11)
    // A rate of 50 for a second that need not begin on an arrival.
    expect(Math.abs(outcomes(deltas).good - 50)).toBeLessThanOrEqual(1)
    for (const [generator] of parts)
      expect(generator.deltas.at(-1)!.windows).toEqual([
        { window: 0, startUs: atUs - startUs, endUs: atUs - startUs + SECOND },
      ])
  }, 20_000)

  test('that is stopped hands in what it has, windows cut', async () => {
    const url = await serve(slow(1000))
    const generator = newGenerator()
    generator.prepare(loadPlan(arrivals(20, 30 * SECOND), { scenario: httpScenario(url) }))
    await generator.report('ready')
    generator.send({ kind: 'go', startUs: nowUs() + 20_000 })
    await generator.report('delta')
    generator.send({ kind: 'stop', gracefulUs: 0, reason: 'test' })
    const final = await generator.report('delta', (delta) => delta.final)
    expect(final.windows[0]!.endUs).toBeLessThan(3 * SECOND)
    const { attempted, good, failedByKind } = outcomes(generator.deltas)
    expect(failedByKind.aborted).toBeGreaterThan(5)
    expect(attempted).toBe(good + failedByKind.aborted!)
  }, 20_000)

  test('against nobody is all failures, and the generator lives', async () => {
    const generator = newGenerator()
    const deltas = await generator.load(
      loadPlan(arrivals(50, SECOND), { scenario: httpScenario('http://127.0.0.1:9/') }),
    )
    expect(outcomes(deltas)).toMatchObject({ attempted: 50, good: 0, failedByKind: { connection: 50 } })
    expect(deltas.flatMap(({ errors }) => errors)[0]).toMatchObject({ kind: 'connection', detail: 'refused' })
    expect(events(deltas, 0)).toMatchObject({ sent: 0, completed: 0, failed: 50 })
    expect(generator.stderr).toBe('')
  }, 20_000)
})

const chat = (url: string): ModelScenarioPlan => ({
  ...httpScenario(url),
  kind: 'model',
  dialect: 'openai.chat',
  stream: true,
  allowEmpty: false,
  name: 'chat',
  method: 'POST',
  body: '{}',
})

test('a stream has TTFT, gaps and exactly the tokens that the server tells', async () => {
  const url = await serve(model(10, 20, 25))
  const deltas = await newGenerator().load(loadPlan(users(2, 2 * SECOND), { scenario: chat(url) }))
  const { good } = outcomes(deltas)
  expect(good).toBeGreaterThan(10)
  expect(distribution(deltas, 'outputTokens')).toMatchObject({ n: good, min: 25, max: 25 })
  expect(distribution(deltas, 'interChunkLatency').n).toBe(good * 9)
  expect(distribution(deltas, 'ttft').min).toBeGreaterThanOrEqual(18_000)
  expect(distribution(deltas, 'tpot').n).toBe(good)
  // Every token was counted somewhere: inside the window or after it.
  expect(events(deltas, 0).outputTokens! + events(deltas, -1).outputTokens!).toBe(good * 25)
  expect(events(deltas, 0).inputTokens! + events(deltas, -1).inputTokens!).toBe(good * 3)
}, 20_000)
