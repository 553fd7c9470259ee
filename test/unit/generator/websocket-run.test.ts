import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { RawData, WebSocket } from 'ws'
import type { WebSocketScenarioPlan } from '../../../src/domain/scenario.ts'
import { exchangeOnce } from '../../../src/generator/exchange-once.ts'
import type { EndedRequest } from '../../../src/generator/series-recorder.ts'
import { WebSocketRun } from '../../../src/generator/websocket-run.ts'
import { compileWebSocket } from '../../../src/scenarios/compile.ts'
import { websocket, type WebSocketOptions } from '../../../src/scenarios/websocket.ts'
import { certificates } from '../../support/certificates.ts'
import { ScriptedServer } from '../../support/scripted-server.ts'
import { TestProxy } from '../../support/test-proxy.ts'
import { TestWebSockets } from '../../support/websocket-server.ts'

const now = (): number => Math.floor(performance.now() * 1000)
const stopping: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

async function serve(...script: Parameters<typeof TestWebSockets.start>): Promise<TestWebSockets> {
  const server = await TestWebSockets.start(...script)
  stopping.push(() => server.stop())
  return server
}

interface Went {
  readonly request: EndedRequest
  readonly run: WebSocketRun
  /** From the end of what is measured to the closed socket, ms. */
  readonly closingMs: number
}

/** Runs one WebSocket to its end. */
function open(url: string, options: WebSocketOptions = {}, during?: (run: WebSocketRun) => void): Promise<Went> {
  const plan = websocket(url, options).plan() as WebSocketScenarioPlan
  const prepared = compileWebSocket(plan)(0)
  return new Promise((resolve) => {
    let measured: { readonly request: EndedRequest; readonly atUs: number } | null = null
    const atUs = now()
    const run: WebSocketRun = new WebSocketRun(
      { plan, prepared, scheduledAt: atUs, dispatchedAt: atUs, now },
      {
        sent: () => {},
        bytes: () => {},
        measured: (request) => {
          if (measured !== null) throw new Error('measured twice')
          measured = { request, atUs: now() }
        },
        closed: () => resolve({ run, request: measured!.request, closingMs: (now() - measured!.atUs) / 1000 }),
      },
    )
    during?.(run)
  })
}

const textOf = (data: RawData): string => (data as Buffer).toString('utf8')

/** Answers each message after some milliseconds. */
const echo =
  (ms: number) =>
  (socket: WebSocket): void =>
    void socket.on('message', (data) => void setTimeout(() => socket.send(`echo ${textOf(data)}`), ms))

const failureOf = async (url: string, options: WebSocketOptions = {}): Promise<string> => {
  const { failure } = (await open(url, options)).request.observation
  return `${failure!.kind} ${failure!.detail}: ${failure!.message}`
}

describe('a WebSocket', () => {
  test('has connect, first message and round trips as long as its server took', async () => {
    const server = await serve(echo(60))
    const { request, run } = await open(`${server.url}/a`, { send: ['one', { two: 2 }, 'three'] })
    const { observation, roundTrips } = request
    expect(observation.failure).toBeNull()
    expect(run.text()).toBe('echo one\necho {"two":2}\necho three\n')
    expect(roundTrips).toHaveLength(3)
    for (const us of [...roundTrips!, observation.stages!.get('firstMessage')!]) {
      expect(us - 60_000).toBeGreaterThanOrEqual(-1500)
      expect(us - 60_000).toBeLessThan(50_000)
    }
    // The latency is the way there and the three trips, without the closing.
    const { scheduledAt, endedAt, bytesReceived, sentAt } = observation
    const parts = observation.stages!.get('connect')! + roundTrips!.reduce((sum, us) => sum + us, 0)
    expect(Math.abs(endedAt - scheduledAt - parts)).toBeLessThan(15_000)
    expect(sentAt! - scheduledAt).toBeLessThanOrEqual(observation.stages!.get('connect')!)
    expect(bytesReceived).toBe('echo one'.length + 'echo {"two":2}'.length + 'echo three'.length)
    expect(server.closings).toEqual([1000])
  })

  test('waits for a greeting before it sends, and for more messages than it sends', async () => {
    const heard: string[] = []
    const server = await serve((socket) => {
      setTimeout(() => socket.send('hello'), 50)
      socket.on('message', (data) => {
        heard.push(textOf(data))
        socket.send('1')
        setTimeout(() => socket.send('2'), 30)
        setTimeout(() => socket.send('3'), 60)
      })
    })
    const { request, run } = await open(server.url, { greeting: 1, send: ['go'], receive: 3 })
    expect(request.observation.failure).toBeNull()
    expect(run.text()).toBe('hello\n1\n2\n3\n')
    expect(heard).toEqual(['go'])
    expect(request.observation.stages!.get('firstMessage')!).toBeGreaterThanOrEqual(45_000)
    expect(request.roundTrips).toHaveLength(1)
    expect(request.roundTrips![0]!).toBeLessThan(30_000)
  })

  test('that awaits nothing sends everything at once', async () => {
    let heard = 0
    const server = await serve((socket) => void socket.on('message', () => heard++))
    const { request } = await open(server.url, { send: ['a', 'b', 'c'], receive: 0 })
    expect(request.observation.failure).toBeNull()
    await sleep(30)
    expect(heard).toBe(3)
  })

  test('that only listens ends with the first message', async () => {
    const server = await serve((socket) => socket.send('tick'))
    expect((await open(server.url)).request).toMatchObject({ observation: { failure: null }, roundTrips: [] })
  })

  test('takes headers, subprotocols, certificates and a proxy', async () => {
    const { ca, server: pem } = await certificates()
    const server = await serve(echo(0), { tls: pem, handleProtocols: (offered) => [...offered].at(-1)! })
    const proxy = await TestProxy.start()
    stopping.push(() => proxy.stop())
    const options: WebSocketOptions = {
      send: ['x'],
      headers: { authorization: 'Bearer t' },
      protocols: ['v1', 'v2'],
      tls: { ca },
      proxy: `http://${proxy.host}`,
    }
    const { request, run } = await open(server.url, options)
    expect(request.observation.failure).toBeNull()
    expect(proxy.asked).toEqual([`CONNECT ${server.host}`])
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer t', 'user-agent': 'vitest-perf' })
    expect(run.headers['sec-websocket-protocol']).toBe('v2')
    const stages = request.observation.stages!
    expect(stages.get('tls')!).toBeLessThan(stages.get('connect')!)
  })

  test('sent once shows its messages, both ways', async () => {
    const server = await serve(echo(0))
    const scenario = websocket(server.url, { send: ['one', 'two'], headers: { authorization: 'Bearer secret' } })
    const { request, response, failure } = await exchangeOnce(scenario.plan(), now)
    expect(failure).toBeNull()
    expect(request).toMatchObject({ body: 'one\ntwo', headers: { authorization: 'Bearer [redacted]' } })
    expect(response).toMatchObject({ status: 101, body: 'echo one\necho two\n' })
  })

  test('does not wait long for a peer that never closes', async () => {
    const server = await serve((socket) => {
      socket.send('tick')
      socket.pause()
    })
    expect((await open(server.url)).closingMs).toBeLessThan(3000)
  })
})

describe('a WebSocket fails', () => {
  test('when nobody listens', async () => {
    expect(await failureOf('ws://127.0.0.1:9', { send: ['x'] })).toBe(
      'connection refused: connection refused: 127.0.0.1:9 (ECONNREFUSED)',
    )
  })

  test('when the handshake is answered with another status, in the words of the server', async () => {
    const server = await serve(echo(0), { verifyClient: (_info, done) => done(false, 403, '{"error":"no key"}') })
    expect(await failureOf(server.url)).toBe('http 403: 403 Forbidden: no key')
  })

  test('when the handshake is no handshake', async () => {
    const answering = async (text: string): Promise<string> => {
      const server = await ScriptedServer.start((socket) => socket.write(text))
      stopping.push(() => server.stop())
      return failureOf(server.origin.replace('http', 'ws'))
    }
    expect(
      await answering(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n',
      ),
    ).toMatch(/^protocol handshake: the handshake with 127\.0\.0\.1:\d+ failed: Invalid Sec-WebSocket-Accept header/)
    expect(await answering('nonsense\r\n\r\n')).toMatch(/^protocol HPE_INVALID_CONSTANT: malformed HTTP/)
  })

  test('when the peer closes early, with its code and reason and how far it was', async () => {
    const server = await serve((socket) => {
      socket.send('one')
      setTimeout(() => socket.close(1011, 'out of memory'), 20)
    })
    expect(await failureOf(server.url, { receive: 2 })).toBe(
      `connection closed 1011: ${server.host} closed the WebSocket with code 1011 (out of memory) after 1 of 2 messages`,
    )
    const cut = await serve((socket) => socket.terminate())
    expect(await failureOf(cut.url, { receive: 2 })).toBe(
      `connection closed 1006: ${cut.host} closed the WebSocket without a closing handshake after 0 of 2 messages`,
    )
  })

  test('when a limit runs out: of silence, of the handshake, of the whole', async () => {
    const silent = await serve(() => {})
    expect(await failureOf(silent.url, { send: ['x'], timeout: { chunk: '40ms' } })).toBe(
      `timeout chunk: no message from ${silent.host} within 40 ms after 0 of 1`,
    )
    const mute = await ScriptedServer.start(() => {})
    stopping.push(() => mute.stop())
    expect(await failureOf(mute.origin, { timeout: { headers: '40ms' } })).toMatch(/^timeout headers: no response head/)
    const chatty = await serve((socket) => {
      const timer = setInterval(() => socket.send('tick'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await failureOf(chatty.url, { receive: 1000, timeout: '150ms' })).toMatch(
      /^timeout total: no complete answer/,
    )
  })

  test('when the check does not hold, of the last message', async () => {
    const server = await serve(echo(0))
    const options: WebSocketOptions = { send: ['a', 'b'], check: { bodyIncludes: 'echo c' } }
    expect(await failureOf(server.url, options)).toBe("check bodyIncludes: the last message does not include 'echo c'")
  })

  test('as aborted when the load ends', async () => {
    const server = await serve(() => {})
    const { request } = await open(server.url, { send: ['x'] }, (run) => setTimeout(() => run.abort(), 50))
    expect(request.observation.failure).toMatchObject({ kind: 'aborted', detail: 'stopped' })
  })
})

describe('websocket options', () => {
  test('resolve to what they stand for, rows included', () => {
    const data = { name: ['Ada', 'Bob'], n: [1, 2] }
    const plan = websocket('wss://h/{{name}}', { send: ['hi {{name}}', { n: '{{n}}' }], data }).plan()
    expect(plan).toMatchObject({ kind: 'websocket', name: 'WS /{{name}}', receive: 2, greeting: 0, protocols: [] })
    const prepared = compileWebSocket(plan as WebSocketScenarioPlan)(1)
    expect(prepared).toMatchObject({ origin: 'https://h', path: '/Bob' })
    expect(JSON.parse(String(prepared.body))).toEqual(['hi Bob', { n: 2 }])
    expect(websocket('/chat', { baseUrl: { url: 'http://h:1' } }).plan()).toMatchObject({ url: 'http://h:1/chat' })
    expect(websocket('ws://h', { greeting: 1 }).plan()).toMatchObject({ receive: 0, greeting: 1 })
  })

  test.each<[unknown, string]>([
    [{ send: 'x' }, "option send: got 'x', takes a list of messages, e.g. ['Hello', { id: 1 }]"],
    [{ send: [(): void => {}] }, 'option send[0]: got a function, takes JSON data'],
    [{ receive: -1 }, 'option receive: got -1, takes a whole number from 0'],
    [{ protocols: 'a b' }, "option protocols: got 'a b', takes a subprotocol or a list of them"],
    [{ http2: true }, 'unknown option http2: got true'],
    [
      { headers: { 'Sec-WebSocket-Protocol': 'x' } },
      'option headers.Sec-WebSocket-Protocol: the client sets it itself',
    ],
  ])('%j are refused', (options, message) => {
    expect(() => websocket('ws://h/', options as WebSocketOptions)).toThrow(`websocket(url, options): ${message}`)
  })
})
