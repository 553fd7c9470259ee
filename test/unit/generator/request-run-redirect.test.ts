import { createServer as createHttps } from 'node:https'
import { beforeAll, describe, expect, test } from 'vitest'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import { OK, requestBench, send } from '../../support/request-bench.ts'
import type { ScriptedServer } from '../../support/scripted-server.ts'
import { selfSigned } from '../../support/self-signed.ts'

const { newUser, serve, cleanup } = requestBench()

describe('a redirect', () => {
  const redirecting = (): Promise<ScriptedServer> =>
    serve((socket, request) => {
      const hop = Number(/\/(\d+)/.exec(request)?.[1])
      socket.write(hop > 0 ? `HTTP/1.1 302 Found\r\nlocation: /${hop - 1}\r\ncontent-length: 2\r\n\r\nno` : OK)
    })

  test('is an answer like any other unless following is asked for', async () => {
    const server = await redirecting()
    expect((await send(newUser(), `${server.origin}/1`)).observation.failure).toMatchObject({
      kind: 'http',
      detail: '302',
    })
  })

  test('is followed on the same connection, and counts as one request that was sent once', async () => {
    const server = await redirecting()
    const { observation, events } = await send(newUser(), `${server.origin}/2`, { maxRedirects: 2 })
    expect(observation.failure).toBeNull()
    expect(events.filter((event) => event === 'sent')).toHaveLength(1)
    expect(server.received.map((request) => request.split(' ')[1])).toEqual(['/2', '/1', '/0'])
    expect(server.connections).toBe(1)
  })

  test('too many is a failure that says so', async () => {
    const server = await redirecting()
    expect((await send(newUser(), `${server.origin}/3`, { maxRedirects: 2 })).observation.failure).toMatchObject({
      kind: 'http',
      detail: '302',
      message: 'more than 2 redirects (status 302)',
    })
  })

  test('to another origin takes no credentials along', async () => {
    const target = await serve((socket) => socket.write(OK))
    const server = await serve((socket) =>
      socket.write(`HTTP/1.1 307 Go\r\nlocation: ${target.origin}/x\r\ncontent-length: 0\r\n\r\n`),
    )
    const headers = { authorization: 'Bearer secret', 'x-own': 'y' }
    expect((await send(newUser(), server.origin, { maxRedirects: 1, headers })).observation.failure).toBeNull()
    expect(server.received[0]).toContain('Bearer secret')
    expect(target.received[0]).not.toContain('secret')
    expect(target.received[0]).toContain('x-own: y')
  })
})

describe('TLS', () => {
  let certificate: { key: string; cert: string } | null
  beforeAll(async () => {
    certificate = await selfSigned()
  })

  test('is verified unless the plan says otherwise', async ({ skip }) => {
    if (certificate === null) skip('no openssl on this machine')
    const server = createHttps(certificate!, (_request, response) => response.end('ok'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanup(() => new Promise((resolve) => server.close(resolve)))
    cleanup(() => server.closeAllConnections())
    const address = server.address()
    const url = `https://localhost:${typeof address === 'object' ? address!.port : 0}/`
    const refused = await send(newUser(), url)
    expect(refused.observation).toMatchObject({
      sentAt: null,
      failure: { kind: 'connection', detail: 'tls', message: expect.stringContaining('SELF_SIGNED') },
    })
    expect(
      (await send(newUser(), url, { transport: { ...PLAIN_TRANSPORT, insecureTls: true } })).observation,
    ).toMatchObject({
      failure: null,
      bytesReceived: 2,
    })
  })
})
