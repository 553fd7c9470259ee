import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { http } from '../../../src/scenarios/http.ts'
import { websocket } from '../../../src/scenarios/websocket.ts'
import { distribution, outcomes } from '../../support/delta-reading.ts'
import { generatorBench } from '../../support/generator-bench.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { TestWebSockets } from '../../support/websocket-server.ts'

const { newGenerator, bundle } = generatorBench()
const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

/** A server that answers what it was sent, compressed where asked, and counts its connections. */
async function serve(): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const answer = JSON.stringify({
        type: request.headers['content-type'],
        length: request.headers['content-length'],
        body,
      })
      const zipped = String(request.headers['accept-encoding']).includes('gzip')
      if (zipped) response.setHeader('content-encoding', 'gzip')
      setTimeout(() => response.end(zipped ? gzipSync(answer) : answer), 10)
    })
  })
  server.on('connection', () => connections++)
  closing.push(() => (server.closeAllConnections(), server.close()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections }
}

describe('the connections of a load', () => {
  test('are dealt to its generators when there is a limit', async () => {
    const server = await serve()
    const scenario = http.get(server.url, { maxConnections: 3 }).plan() as HttpScenarioPlan
    const plan = loadPlan(users(12, SECOND / 2), { scenario })
    const parts = [0, 1].map((index) => newGenerator().load(plan, { index, count: 2 }))
    const deltas = (await Promise.all(parts)).flat()
    expect(server.connections()).toBe(3)
    expect(outcomes(deltas)).toMatchObject({ attempted: outcomes(deltas).good })
    // Twelve users on three connections wait for three others, of 10 ms each.
    const wait = distribution(deltas, 'queueWait')
    expect(wait.sum / wait.n).toBeGreaterThan(25_000)
  }, 20_000)
})

test('a load of WebSockets has its stages, with several round trips to an iteration', async () => {
  const server = await TestWebSockets.start((socket) => {
    socket.on('message', (data) => void setTimeout(() => socket.send(data), 25))
  })
  closing.push(() => void server.stop())
  const scenario = websocket(server.url, { send: ['a', '{{name}}'], data: { name: ['x', 'y'] } }).plan()
  const deltas = await newGenerator().load(loadPlan(arrivals(20, SECOND), { scenario }))
  expect(outcomes(deltas)).toMatchObject({ attempted: 20, good: 20 })
  expect(server.connections).toBe(20)
  expect(distribution(deltas, 'stage:connect').n).toBe(20)
  expect(distribution(deltas, 'stage:firstMessage').n).toBe(20)
  const trips = distribution(deltas, 'stage:roundTrip')
  expect(trips.n).toBe(40)
  expect(trips.min).toBeGreaterThanOrEqual(24_000)
  expect(distribution(deltas, 'latency').min).toBeGreaterThanOrEqual(49_000)
}, 20_000)

describe('the calls of a scenario module', () => {
  test('take the transport and the bodies that scenarios take', async () => {
    const server = await serve()
    const built = await bundle(
      'special',
      `
      export default async ({ http, params, check }) => {
        const options = { maxConnections: 1, compression: true }
        const form = await http.post(params.url, { ...options, multipart: { a: '{{no template}}', file: { content: 'x' } } })
        const got = form.json()
        check(form.headers['content-encoding'] === 'gzip', 'compressed')
        check(got.body.includes('{{no template}}') && got.length === String(got.body.length), 'the form arrives')
        const file = await http.put(params.url, { ...options, bodyFile: params.file })
        check(file.json().body === params.content, 'the file arrives')
      }`,
    )
    const { writeFileSync, readFileSync } = await import('node:fs')
    const file = built.replace('file://', '').replace('.mjs', '.txt')
    writeFileSync(file, 'voice')
    const scenario: LoadPlan['scenario'] = {
      kind: 'module',
      name: 'special',
      source: 'file:///special.scenario.ts',
      params: { url: server.url, file, content: readFileSync(file, 'utf8') },
      bundle: built,
    }
    const profile = {
      executor: 'shared-iterations',
      users: 3,
      iterations: 6,
      thinkTime: null,
      maxDurationUs: 9e6,
    } as const
    const deltas = await newGenerator().load(loadPlan(profile, { scenario }))
    expect(deltas.flatMap(({ errors }) => errors)).toEqual([])
    expect(outcomes(deltas)).toMatchObject({ attempted: 6, good: 6 })
    expect(server.connections()).toBe(1)
  }, 20_000)
})
