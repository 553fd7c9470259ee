import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PLAIN_TRANSPORT } from '../../../../src/domain/transport-plan.ts'
import { WireConnection } from '../../../../src/generator/client/wire-connection.ts'
import { compileScenario } from '../../../../src/scenarios/compile.ts'
import { httpScenario } from '../../../support/load-plan.ts'
import { OK, requestBench, send } from '../../../support/request-bench.ts'

const { newUser, serve } = requestBench()

describe('bytes that no request asked for', () => {
  test.each([
    ['with the answer', 0],
    ['while the connection is idle', 5],
  ])('%s fail the next request instead of answering it, and the one after has a new connection', async (_when, ms) => {
    const server = await serve((socket, _request, connection) => {
      socket.write(ms === 0 && connection === 1 ? OK + OK.replace('ok', 'no') : OK)
      if (ms > 0 && connection === 1) setTimeout(() => socket.write(OK.replace('ok', 'no')), ms)
    })
    const user = newUser()
    expect((await send(user, server.origin)).observation.failure).toBeNull()
    await sleep(20)
    const second = await send(user, server.origin)
    expect(second.observation).toMatchObject({
      sentAt: null,
      failure: { kind: 'protocol', detail: 'unexpected-answer' },
    })
    const third = await send(user, server.origin)
    expect(third.run.reader.text()).toBe('ok')
    expect(server.connections).toBe(2)
    expect(server.received).toHaveLength(2)
  })

  test('but line ends are nothing', async () => {
    const server = await serve((socket) => socket.write(`${OK}\r\n`))
    const user = newUser()
    for (let i = 0; i < 2; i++) expect((await send(user, server.origin)).observation.failure).toBeNull()
    expect(server.connections).toBe(1)
  })
})

describe('a connection is not used again', () => {
  test.each([
    ['that the server says it closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['of version 1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['that the server keeps no longer', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=0\r\ncontent-length: 2\r\n\r\nok'],
  ])('%s', async (_which, text) => {
    const server = await serve((socket) => socket.write(text))
    const user = newUser()
    for (let i = 0; i < 2; i++) expect((await send(user, server.origin)).observation.failure).toBeNull()
    expect(server.connections).toBe(2)
  })

  test('that was answered before all of the request was written', async () => {
    const server = await serve((socket) => {
      if (socket.bytesRead < 100_000) socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno')
      socket.pause()
    })
    const user = newUser()
    const body = 'x'.repeat(20_000_000)
    for (let i = 0; i < 2; i++)
      expect((await send(user, server.origin, { method: 'POST', body })).observation.failure).toMatchObject({
        kind: 'http',
        detail: '413',
      })
    expect(server.connections).toBe(2)
  })
})

test('requests are the same bytes as undici sends', async () => {
  const server = await serve((socket) => socket.write(OK))
  const changes = {
    method: 'POST',
    headers: { accept: '*/*', Host: 'other.test', 'x-a': '\xe9' },
    body: 'h\u00e9',
  } as const
  const user = newUser()
  await send(user, `${server.origin}/a?b=%20c`, changes)
  await send(user, `${server.origin}/a?b=%20c`, { ...changes, transport: { ...PLAIN_TRANSPORT, client: 'undici' } })
  await send(user, server.origin, { method: 'DELETE' })
  await send(user, server.origin, { method: 'DELETE', transport: { ...PLAIN_TRANSPORT, client: 'undici' } })
  expect(server.received).toHaveLength(4)
  expect(server.received[0]).toContain('host: other.test\r\nconnection: keep-alive\r\naccept: */*\r\nx-a: \xe9\r\n')
  expect(server.received[1]).toBe(server.received[0])
  expect(server.received[3]).toBe(server.received[2])
})

test('a changed copy of a request is sent as it is, not as the bytes made for the first', async () => {
  const server = await serve((socket) => socket.write(OK))
  const scenario = await compileScenario(httpScenario(server.origin))
  const prepared = scenario.prepare(0)
  const connection = new WireConnection(server.origin, PLAIN_TRANSPORT, () => 0)
  for (const request of [prepared, { ...prepared, headers: ['cookie', 'a=1'] }])
    await new Promise<void>((resolve, reject) => {
      connection.send(request, {
        waits: () => {},
        opened: () => {},
        sent: () => {},
        head: () => {},
        body: () => {},
        complete: () => resolve(),
        broken: reject,
      })
    })
  connection.destroy()
  expect(server.received[0]).not.toContain('cookie')
  expect(server.received[1]).toContain('cookie: a=1')
})

test('a request in many pieces of answer ends once, with all of its body', async () => {
  const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nx-t: u\r\n\r\n'
  const server = await serve((socket) => {
    let at = 0
    const next = (): void => {
      if (at < text.length) socket.write(text[at++]!, () => setImmediate(next))
    }
    next()
  })
  const { observation, events, run } = await send(newUser(), server.origin)
  expect(observation).toMatchObject({ failure: null, bytesReceived: 6 })
  expect(run.reader.text()).toBe('hello!')
  expect(events.filter((event) => event === 'ended')).toHaveLength(1)
})
