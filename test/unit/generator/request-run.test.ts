import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import type { UserConnections } from '../../../src/generator/client/user-connections.ts'
import type { RequestRun } from '../../../src/generator/request-run.ts'
import { OK, requestBench, send as sendWith, type Sent } from '../../support/request-bench.ts'
import { ScriptedServer } from '../../support/scripted-server.ts'

const { newUser, serve, cleanup } = requestBench()

describe.each(['undici', 'wire'] as const)('over the %s client', (client) => {
  const send = (
    user: UserConnections,
    url: string,
    changes: Partial<HttpScenarioPlan> = {},
    during?: (run: RequestRun) => void,
  ): Promise<Sent> => sendWith(user, url, { transport: { ...PLAIN_TRANSPORT, client }, ...changes }, during)

  const limits = (changes: Partial<HttpScenarioPlan['timeout']>): Partial<HttpScenarioPlan> => ({
    timeout: { connectUs: 5e6, headersUs: 5e6, chunkUs: 5e6, totalUs: 5e6, ...changes },
  })

  describe('a good answer', () => {
    test('has its events and its times in order', async () => {
      const server = await serve((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab')
        setTimeout(() => socket.write('cd'), 60)
      })
      const { observation, events } = await send(newUser(), server.origin)
      expect(events).toEqual(['sent', '2 bytes', '2 bytes', 'ended'])
      const { dispatchedAt, sentAt, firstByteAt, endedAt } = observation
      expect(observation).toMatchObject({ failure: null, bytesReceived: 4 })
      expect(sentAt).toBeGreaterThanOrEqual(dispatchedAt)
      expect(firstByteAt).toBeGreaterThanOrEqual(sentAt!)
      // From the sending, not from the first byte: a busy machine may read that one late.
      expect(endedAt).toBeGreaterThanOrEqual(sentAt! + 59_000)
    })

    test('leaves its connection to the next request of the user', async () => {
      const server = await serve((socket) => socket.write(OK))
      const user = newUser()
      for (let i = 0; i < 3; i++) expect((await send(user, server.origin)).observation.failure).toBeNull()
      expect(server.connections).toBe(1)
    })

    test('to HEAD, and to a GET or DELETE with a body, keeps the connection too', async () => {
      const server = await serve((socket, request) =>
        socket.write(
          request.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n' : OK,
        ),
      )
      const user = newUser()
      for (const method of ['HEAD', 'HEAD', 'DELETE', 'GET'] as const) {
        expect(
          (await send(user, server.origin, { method, body: method === 'HEAD' ? null : '{}' })).observation.failure,
        ).toBeNull()
      }
      expect(server.connections).toBe(1)
    })

    test('without a length ends with the connection, and the next request opens a new one', async () => {
      const server = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))
      const user = newUser()
      for (let i = 0; i < 2; i++)
        expect((await send(user, server.origin)).observation).toMatchObject({ failure: null, bytesReceived: 9 })
      expect(server.connections).toBe(2)
    })

    test('after the peer closed the idle connection comes over a new one', async () => {
      const server = await serve((socket) => socket.write(OK))
      const user = newUser()
      await send(user, server.origin)
      server.hangUp()
      expect((await send(user, server.origin)).observation.failure).toBeNull()
      expect(server.connections).toBe(2)
    })

    test('ignores interim answers', async () => {
      const server = await serve((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}`))
      expect((await send(newUser(), server.origin)).observation).toMatchObject({ failure: null, bytesReceived: 2 })
    })
  })

  test('a bad status is a failure of kind http, and its connection is fine', async () => {
    const server = await serve((socket) => socket.write('HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nbusy'))
    const user = newUser()
    expect((await send(user, server.origin)).observation.failure).toMatchObject({ kind: 'http', detail: '503' })
    await send(user, server.origin)
    expect(server.connections).toBe(1)
  })

  describe('a failed connection', () => {
    test('that nobody listens to is refused, names host and port, and was never sent', async () => {
      const server = await ScriptedServer.start(() => {})
      const { origin } = server
      await server.stop()
      const { observation, events } = await send(newUser(), origin)
      expect(observation).toMatchObject({ sentAt: null, failure: { kind: 'connection', detail: 'refused' } })
      expect(observation.failure!.message).toContain(origin.slice('http://'.length))
      expect(events).toEqual(['ended'])
    })

    test('to a host that does not exist is a dns failure', async () => {
      const { observation } = await send(newUser(), 'http://no-such-host.invalid/')
      expect(observation.failure).toMatchObject({ kind: 'connection', detail: 'dns' })
    })

    test.each([
      ['before the head', ''],
      ['in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
    ])('that is reset %s is a reset', async (_when, text) => {
      const server = await serve((socket) => {
        if (text !== '') socket.write(text)
        setTimeout(() => socket.resetAndDestroy(), 30)
      })
      const { observation, events } = await send(newUser(), server.origin)
      expect(observation.failure).toMatchObject({ kind: 'connection', detail: 'reset' })
      expect(events.filter((event) => event === 'ended')).toHaveLength(1)
    })

    test('that is closed before the answer is complete is closed', async () => {
      const server = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
      expect((await send(newUser(), server.origin)).observation.failure).toMatchObject({
        kind: 'connection',
        detail: 'closed',
      })
    })

    test('is followed by a new one for the next request of the user', async () => {
      const server = await serve((socket, _request, connection) =>
        connection === 1 ? socket.resetAndDestroy() : socket.write(OK),
      )
      const user = newUser()
      expect((await send(user, server.origin)).observation.failure).toMatchObject({ kind: 'connection' })
      expect((await send(user, server.origin)).observation.failure).toBeNull()
      // Nothing was sent twice.
      expect(server.received).toHaveLength(2)
    })
  })

  describe('malformed HTTP', () => {
    test.each([
      ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
      ['a bad chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n'],
      ['two different lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
      ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ])('%s is a protocol failure', async (_what, text) => {
      const server = await serve((socket) => socket.write(text))
      expect((await send(newUser(), server.origin)).observation.failure).toMatchObject({
        kind: 'protocol',
        message: expect.stringContaining('malformed HTTP from 127.0.0.1:'),
      })
    })

    test.each([
      ['a body shorter than its length', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nabc'],
      [
        'a chunked body without its end',
        'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
      ],
    ])('%s is a protocol failure', async (_what, text) => {
      const server = await serve((socket) => socket.end(text))
      expect((await send(newUser(), server.origin)).observation.failure).toMatchObject({ kind: 'protocol' })
    })

    test('a request that cannot be sent is a failure too, not an exception', async () => {
      const { observation } = await send(newUser(), 'http://127.0.0.1:1/', {
        headers: { 'transfer-encoding': 'chunked' },
      })
      expect(observation.failure).toMatchObject({ kind: 'protocol', detail: 'invalid-request' })
    })
  })

  describe('a time limit', () => {
    test('on connecting ends a request whose peer never completes the handshake', async () => {
      // A TCP server that never speaks TLS: connecting takes for ever.
      const silent = createServer(() => {})
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      cleanup(() => void silent.close())
      const address = silent.address()
      const url = `https://127.0.0.1:${typeof address === 'object' ? address!.port : 0}/`
      const { observation, events } = await send(newUser(), url, limits({ connectUs: 100_000 }))
      expect(observation).toMatchObject({ sentAt: null, failure: { kind: 'timeout', detail: 'connect' } })
      expect(events).toEqual(['ended'])
      const total = await send(newUser(), url, limits({ totalUs: 100_000 }))
      expect(total.observation.failure).toMatchObject({ kind: 'timeout', detail: 'total' })
    })

    test('on the response head', async () => {
      const server = await serve(() => {})
      const { observation } = await send(newUser(), server.origin, limits({ headersUs: 100_000 }))
      expect(observation.failure).toMatchObject({ kind: 'timeout', detail: 'headers' })
      expect(observation.endedAt - observation.sentAt!).toBeGreaterThanOrEqual(100_000)
    })

    test('on the silence between two pieces of the body, not on their sum', async () => {
      const pieces = ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\na', 'b', 'c', 'd']
      const server = await serve((socket) =>
        pieces.forEach((piece, i) => setTimeout(() => socket.write(piece), i * 80)),
      )
      const { observation } = await send(newUser(), server.origin, limits({ chunkUs: 150_000 }))
      expect(observation).toMatchObject({ bytesReceived: 4, failure: { kind: 'timeout', detail: 'chunk' } })
      expect(observation.endedAt - observation.firstByteAt!).toBeGreaterThanOrEqual(3 * 80_000 + 140_000)
    })

    test('on the whole request', async () => {
      const server = await serve((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
        const timer = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(timer))
      })
      const { observation } = await send(newUser(), server.origin, limits({ totalUs: 200_000 }))
      expect(observation.failure).toMatchObject({ kind: 'timeout', detail: 'total' })
      expect(observation.endedAt - observation.dispatchedAt).toBeGreaterThanOrEqual(200_000)
    })

    test('ends the connection, so that a late answer meets nobody', async () => {
      const server = await serve((socket, _request, connection) => {
        if (connection === 1) setTimeout(() => socket.write(OK.replace('ok', 'no')), 150)
        else socket.write(OK)
      })
      const user = newUser()
      expect((await send(user, server.origin, limits({ headersUs: 100_000 }))).observation.failure).not.toBeNull()
      const second = await send(user, server.origin)
      await sleep(150)
      expect(second.run.reader.text()).toBe('ok')
      expect(second.events.filter((event) => event === 'ended')).toHaveLength(1)
    })
  })

  test('an aborted request ends at once, sent or not', async () => {
    const server = await serve(() => {})
    const early = await send(newUser(), server.origin, {}, (run) => run.abort())
    const late = await send(newUser(), server.origin, {}, (run) => void setTimeout(() => run.abort(), 80))
    for (const { observation, events } of [early, late]) {
      expect(observation.failure).toMatchObject({ kind: 'aborted' })
      expect(events.filter((event) => event === 'ended')).toHaveLength(1)
    }
    expect(early.observation.sentAt).toBeNull()
    expect(late.observation.sentAt).not.toBeNull()
  })
})
