import { fork } from 'node:child_process'
import { createServer, type RequestListener, type Server } from 'node:http'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { mergeDistributions, percentile, type Distribution } from '../../../src/domain/distribution.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { addOutcomes, NO_OUTCOMES, type OutcomeCounts } from '../../../src/domain/measurement.ts'
import type { DistributionId } from '../../../src/domain/metric.ts'
import type { OpenAiScenarioPlan } from '../../../src/domain/scenario.ts'
import type { GeneratorDelta, GeneratorPart, SeriesDelta } from '../../../src/pool/protocol.ts'
import { bundleFolder, bundleGenerator, bundleScenario, ForkedGenerator, nowUs } from '../../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND, users } from '../../support/load-plan.ts'

let folder: string
let entry: string
const generators: ForkedGenerator[] = []
const servers: Server[] = []

beforeAll(async () => {
  folder = bundleFolder()
  entry = await bundleGenerator(folder)
})
afterEach(() => {
  for (const generator of generators.splice(0)) generator.kill()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function newGenerator(): ForkedGenerator {
  const generator = new ForkedGenerator(entry)
  generators.push(generator)
  return generator
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`
}

/** Answers `ok` after some milliseconds. */
const slow = (ms: number): RequestListener => (_request, response) => void setTimeout(() => response.end('ok'), ms)

const ofWindow = (deltas: readonly GeneratorDelta[], window: number, level: SeriesDelta['level'] = 'iteration'): SeriesDelta[] =>
  deltas.flatMap(({ series }) => series).filter((series) => series.window === window && series.level === level)

const outcomes = (deltas: readonly GeneratorDelta[], window = 0, level?: SeriesDelta['level']): OutcomeCounts =>
  ofWindow(deltas, window, level).map((series) => series.outcomes).reduce(addOutcomes, NO_OUTCOMES)

const distribution = (deltas: readonly GeneratorDelta[], id: DistributionId, level?: SeriesDelta['level']): Distribution =>
  mergeDistributions(ofWindow(deltas, 0, level).flatMap(({ distributions }) => distributions[id] ?? []))

const events = (deltas: readonly GeneratorDelta[], window: number, level: SeriesDelta['level'] = 'iteration'): Record<string, number> => {
  const buckets = deltas.flatMap((delta) => delta.buckets).filter((bucket) => bucket.window === window && bucket.level === level)
  const total = (key: 'sent' | 'completed' | 'failed' | 'outputTokens' | 'inputTokens' | 'bytesReceived'): number => buckets.reduce((sum, bucket) => sum + bucket[key], 0)
  return { sent: total('sent'), completed: total('completed'), failed: total('failed'), outputTokens: total('outputTokens'), inputTokens: total('inputTokens'), bytesReceived: total('bytesReceived') }
}

describe('a load', () => {
  test('at a rate is measured in its window, with every second told once', async () => {
    const url = await serve(slow(20))
    const plan = loadPlan(arrivals(50, 2 * SECOND), { scenario: httpScenario(url), warmup: { kind: 'duration', durationUs: SECOND }, cooldownUs: 200_000 })
    const deltas = await newGenerator().load(plan)
    expect(outcomes(deltas)).toMatchObject({ attempted: 100, good: 100, dropped: 0, missed: 0 })
    expect(outcomes(deltas, -1)).toMatchObject({ attempted: 60, good: 60 })
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
    expect(percentile(service, 50)).toBeLessThan(40_000)
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
    const plan = loadPlan(arrivals(101, SECOND, { arrivals: 'poisson' }), { scenario: httpScenario(url), generators: 2 })
    const parts = await Promise.all([0, 1].map((index) => newGenerator().load(plan, { index, count: 2 })))
    const alone = await newGenerator().load(plan)
    expect(outcomes(parts.flat()).good).toBe(outcomes(alone).good)
  }, 20_000)

  test('shows a stalled server in latency and not in service time', async () => {
    let startMs = 0
    const url = await serve((_request, response) => {
      startMs ||= performance.now()
      const elapsed = performance.now() - startMs
      setTimeout(() => response.end('ok'), elapsed > 500 && elapsed < 1500 ? 1500 - elapsed : 1)
    })
    const deltas = await newGenerator().load(loadPlan(arrivals(100, 3 * SECOND, { maxUsers: 5 }), { scenario: httpScenario(url) }))
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
    const profile = { executor: 'shared-iterations', users: 4, iterations: 50, thinkTime: null, maxDurationUs: 60 * SECOND } as const
    const deltas = await newGenerator().load(loadPlan(profile, { scenario: httpScenario(url) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 50, good: 50 })
    const { windows, atUs } = deltas.at(-1)!
    expect(windows).toMatchObject([{ window: 0, startUs: 0 }])
    expect(windows[0]!.endUs! > 100_000 && windows[0]!.endUs! <= atUs).toBe(true)
  }, 20_000)

  test('waits for the end of a warm-up by requests, which every generator reports', async () => {
    const url = await serve(slow(5))
    const plan = loadPlan(arrivals(50, SECOND), { scenario: httpScenario(url), warmup: { kind: 'requests', requests: 11 } })
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
    for (const [generator] of parts) expect(generator.deltas.at(-1)!.windows).toEqual([{ window: 0, startUs: atUs - startUs, endUs: atUs - startUs + SECOND }])
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
    const deltas = await generator.load(loadPlan(arrivals(50, SECOND), { scenario: httpScenario('http://127.0.0.1:9/') }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 50, good: 0, failedByKind: { connection: 50 } })
    expect(deltas.flatMap(({ errors }) => errors)[0]).toMatchObject({ kind: 'connection', detail: 'refused' })
    expect(events(deltas, 0)).toMatchObject({ sent: 0, completed: 0, failed: 50 })
    expect(generator.stderr).toBe('')
  }, 20_000)
})

/** Streams some words with a pause between, then says how many tokens they were. */
function model(words: number, gapMs: number, usage: number): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let sent = 0
    const timer = setInterval(() => {
      if (sent++ < words) return response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: `w${sent} ` } }] })}\n\n`)
      clearInterval(timer)
      response.end(`data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: usage } })}\n\ndata: [DONE]\n\n`)
    }, gapMs)
  }
}

const chat = (url: string): OpenAiScenarioPlan => ({
  ...httpScenario(url), kind: 'openai', api: 'chat', stream: true, allowEmpty: false, name: 'chat', method: 'POST', body: '{}',
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

describe('a scenario module', () => {
  const moduleScenario = (bundle: string, params: unknown = {}): LoadPlan['scenario'] => ({ kind: 'module', name: 'flow', source: 'file:///flow.scenario.ts', params, bundle })
  const count = (iterations: number, usersCount = 1): LoadPlan['profile'] => ({ executor: 'shared-iterations', users: usersCount, iterations, thinkTime: null, maxDurationUs: 20 * SECOND })

  test('is measured as a whole and request by request', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/missing' ? 404 : 200
      response.end(JSON.stringify({ path: request.url }))
    })
    const bundle = await bundleScenario(folder, 'flow', `
      export default async ({ http, params, check, sleep, user, iteration }) => {
        const first = await http.get(params.url + '/a', { name: 'first' })
        check(first.json().path === '/a', 'the path comes back')
        await sleep('20ms')
        await http.get(params.url + '/missing', { name: 'second', allowFailure: true })
        if (iteration % 4 === 1) check(false, 'every fourth fails')
        if (iteration % 4 === 2) await http.get(params.url + '/missing', { name: 'third' })
      }`)
    const deltas = await newGenerator().load(loadPlan(count(8), { scenario: moduleScenario(bundle, { url }) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 8, good: 4, failedByKind: { check: 2, http: 2 } })
    expect(distribution(deltas, 'latency').min).toBeGreaterThanOrEqual(20_000)
    expect(events(deltas, 0)).toMatchObject({ sent: 8, completed: 4, failed: 4 })
    const byName = (name: string): OutcomeCounts => ofWindow(deltas, 0, 'request').filter(({ request }) => request === name).map((series) => series.outcomes).reduce(addOutcomes, NO_OUTCOMES)
    expect(byName('first')).toMatchObject({ attempted: 8, good: 8 })
    expect(byName('second')).toMatchObject({ attempted: 8, good: 0, failedByKind: { http: 8 } })
    expect(byName('third')).toMatchObject({ attempted: 2, failedByKind: { http: 2 } })
    const samples = deltas.flatMap(({ errors }) => errors)
    expect(samples.filter(({ kind }) => kind === 'check')).toMatchObject([{ message: 'every fourth fails', count: 2 }])
  }, 20_000)

  test('streams with the TTFT and the tokens of its request', async () => {
    const url = await serve(model(5, 20, 8))
    const bundle = await bundleScenario(folder, 'stream', `
      export default async ({ openai, params }) => {
        const answer = await openai.chat({ baseUrl: params.url, model: 'm', messages: [{ role: 'user', content: 'hi' }] })
        if (answer.content !== 'w1 w2 w3 w4 w5 ' || answer.outputTokens !== 8) throw new Error(answer.content)
      }`)
    const deltas = await newGenerator().load(loadPlan(count(6, 2), { scenario: moduleScenario(bundle, { url }) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 6, good: 6 })
    expect(distribution(deltas, 'ttft').n).toBe(6)
    expect(distribution(deltas, 'interChunkLatency').n).toBe(24)
    expect(events(deltas, 0).outputTokens).toBe(48)
    expect(events(deltas, 0, 'request').outputTokens).toBe(48)
  }, 20_000)

  test('that throws stops the load and shows where in its source, once', async () => {
    const bundle = await bundleScenario(folder, 'broken', `
interface Item { name: string }

export default async () => {
  const item = undefined as unknown as Item
  await Promise.resolve()
  console.log(item.name)
}`)
    const generator = newGenerator()
    generator.prepare(loadPlan(users(5, 20 * SECOND), { scenario: moduleScenario(bundle) }))
    await generator.report('ready')
    generator.send({ kind: 'go', startUs: nowUs() + 20_000 })
    const { error } = await generator.report('scenario-error')
    expect(error.message).toMatch(/^TypeError: .*undefined/)
    expect(error.stack).toMatch(/broken\.scenario\.ts:7:\d+/)
    await generator.report('delta', ({ final }) => final)
    expect(generator.reports.filter(({ kind }) => kind === 'scenario-error')).toHaveLength(1)
  }, 20_000)

  test.each([
    ['does not export a function', 'export default { run() {} }', /default export is object/],
    ['fails while it is loaded', `throw new Error('no key')`, /no key/],
  ])('that %s is an error before the load', async (name, source, message) => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND), { scenario: moduleScenario(await bundleScenario(folder, name.replaceAll(' ', '-'), source)) }))
    expect((await generator.report('scenario-error')).error.message).toMatch(message)
  }, 20_000)

  test('that forgets a promise of its own is a scenario error too', async () => {
    const bundle = await bundleScenario(folder, 'forgets', `export default async ({ sleep }) => { Promise.reject(new Error('forgotten')); await sleep('50ms') }`)
    const generator = newGenerator()
    await Promise.all([generator.load(loadPlan(count(3), { scenario: moduleScenario(bundle) })), generator.report('scenario-error')])
    expect((await generator.report('scenario-error')).error.message).toContain('forgotten')
  }, 20_000)
})

describe('one exchange', () => {
  test('shows request and response without secrets', async () => {
    const url = await serve((_request, response) => response.setHeader('set-cookie', 'sid=geheim').end('hello'))
    const generator = newGenerator()
    const scenario = httpScenario(`${url}/x?api_key=geheim&q=1`, { headers: { authorization: 'Bearer geheim' } })
    generator.prepare(loadPlan(users(1, SECOND), { scenario }))
    await generator.report('ready')
    generator.send({ kind: 'once' })
    const { exchange } = await generator.report('exchanged')
    expect(exchange).toMatchObject({ request: { method: 'GET', body: null }, response: { status: 200, body: 'hello' }, failure: null })
    expect(exchange.request.url).toContain('q=1')
    expect(exchange.timings['total']).toBeGreaterThan(0)
    expect(JSON.stringify(exchange)).not.toContain('geheim')
  }, 20_000)

  test('with nobody shows the failure', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND), { scenario: httpScenario('http://127.0.0.1:9/') }))
    await generator.report('ready')
    generator.send({ kind: 'once' })
    expect((await generator.report('exchanged')).exchange).toMatchObject({ response: null, failure: { kind: 'connection', detail: 'refused' } })
  }, 20_000)
})

describe('a generator', () => {
  test('leaves when its parent closes the channel', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND)))
    await generator.report('ready')
    generator.child.disconnect()
    expect(await generator.exited).toEqual({ code: 0, signal: null })
  }, 20_000)

  test('ignores Ctrl-C and leaves on SIGTERM', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND)))
    await generator.report('ready')
    generator.child.kill('SIGINT')
    await sleep(100)
    expect(generator.child.exitCode).toBeNull()
    generator.child.kill('SIGTERM')
    expect(await generator.exited).toEqual({ code: 0, signal: null })
  }, 20_000)

  test('whose event loop is blocked dies with its parent', async () => {
    const bundle = await bundleScenario(folder, 'blocks', `export default () => { for (;;) {} }`)
    const plan = loadPlan(users(1, SECOND), { scenario: { kind: 'module', name: 'blocks', source: 'file:///blocks.scenario.ts', params: {}, bundle } })
    const parent = join(folder, 'parent.mjs')
    writeFileSync(parent, `
      import { fork } from 'node:child_process'
      const child = fork(${JSON.stringify(entry)}, { serialization: 'advanced' })
      child.on('message', ({ kind }) => {
        if (kind === 'ready') child.send({ kind: 'go', startUs: Number(process.hrtime.bigint() / 1000n) + 1000 }, () => process.send(child.pid))
      })
      child.send({ kind: 'prepare', plan: ${JSON.stringify(plan)}, part: { index: 0, count: 1 }, parentPid: process.pid })
      setInterval(() => {}, 1000)`)
    const middle = fork(parent, { stdio: 'ignore' })
    const pid = await new Promise<number>((resolve) => middle.once('message', (message) => resolve(message as number)))
    await sleep(300)
    expect(isAlive(pid)).toBe(true)
    middle.kill('SIGKILL')
    const deadline = Date.now() + 3000
    while (isAlive(pid) && Date.now() < deadline) await sleep(50)
    expect(isAlive(pid)).toBe(false)
  }, 20_000)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
