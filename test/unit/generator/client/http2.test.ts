import {
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTls } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../../src/domain/scenario.ts'
import { http, type HttpOptions } from '../../../../src/scenarios/http.ts'
import { type Certificates, certificates } from '../../../support/certificates.ts'
import { OK, requestBench, send, type Sent } from '../../../support/request-bench.ts'
import { TestProxy } from '../../../support/test-proxy.ts'

const { newUser, serve, cleanup } = requestBench()
let pem: Certificates
beforeAll(async () => {
  pem = await certificates()
})

type Answer = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void

/** A server of HTTP/2 with the sessions that it had. */
async function serveHttp2(
  answer: Answer,
  { tls = true, settings = {} }: { tls?: boolean; settings?: { maxConcurrentStreams?: number } } = {},
): Promise<{ url: string; sessions: Http2Session[]; headers: Readonly<Record<string, unknown>>[] }> {
  const server: Http2Server = tls ? createSecureServer({ ...pem.server, settings }) : createServer({ settings })
  const [sessions, heads]: [Http2Session[], Readonly<Record<string, unknown>>[]] = [[], []]
  // The session's own socket may not be touched.
  let wire: Socket
  server.on('connection', (socket: Socket) => (wire = socket))
  server.on('session', (session) => void sessions.push(Object.assign(session, { wire })))
  server.on('sessionError', () => {})
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    heads.push(headers)
    answer(stream, headers)
  })
  cleanup(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`, sessions, headers: heads }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const options = (changes: HttpOptions = {}): HttpOptions => ({ http2: true, tls: { ca: pem.ca }, ...changes })
const ask = (url: string, changes: HttpOptions = {}, user = newUser(), method: 'get' | 'post' = 'get'): Promise<Sent> =>
  send(user, url, http[method](url, options(changes)).plan() as HttpScenarioPlan)
const ok: Answer = (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'text/plain' })
  stream.end('ok')
}

describe('HTTP/2', () => {
  test('goes over TLS by ALPN, one connection for a user', async () => {
    const server = await serveHttp2(ok)
    const user = newUser()
    const first = await ask(server.url, {}, user)
    expect(first.observation).toMatchObject({ failure: null, bytesReceived: 2 })
    expect(first.run.headers).toEqual(expect.objectContaining({ 'content-type': 'text/plain' }))
    expect([...first.observation.stages!.keys()]).toEqual(['connect', 'tls'])
    expect((await ask(server.url, {}, user)).observation.stages).toBeNull()
    await Promise.all([ask(server.url, {}, user), ask(server.url, {}, user)])
    expect(server.sessions).toHaveLength(1)
  })

  test('goes over plain TCP with prior knowledge', async () => {
    const server = await serveHttp2(ok, { tls: false })
    expect((await ask(server.url, { tls: undefined })).observation.failure).toBeNull()
  })

  test('sends method, path, headers and a body with its length', async () => {
    let body = ''
    const server = await serveHttp2((stream, headers) => {
      stream.on('data', (chunk) => (body += chunk))
      stream.on('end', () => ok(stream, headers))
    })
    const { observation } = await ask(
      `${server.url}/a?b=1`,
      { body: { a: 1 }, headers: { 'x-own': 'y', host: 'h.test' } },
      newUser(),
      'post',
    )
    expect(observation.failure).toBeNull()
    expect(body).toBe('{"a":1}')
    expect(server.headers[0]).toMatchObject({
      ':method': 'POST',
      ':path': '/a?b=1',
      ':authority': 'h.test',
      ':scheme': 'https',
      'x-own': 'y',
      'content-length': '7',
    })
  })

  test('keeps the times of a body that comes in pieces, and its trailers', async () => {
    const server = await serveHttp2((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'server-timing': 'db;dur=12' }))
      stream.write('ab')
      setTimeout(() => stream.end('cd'), 60)
    })
    const { observation } = await ask(server.url)
    expect(observation).toMatchObject({ failure: null, bytesReceived: 4 })
    // From sent: on a busy machine the head is read late.
    expect(observation.endedAt - observation.sentAt!).toBeGreaterThanOrEqual(55_000)
    expect(observation.stages!.get('db')).toBe(12_000)
  })

  test('goes through a tunnel of a proxy', async () => {
    const [server, proxy] = [await serveHttp2(ok), await TestProxy.start()]
    cleanup(() => proxy.stop())
    expect((await ask(server.url, { proxy: `http://${proxy.host}` })).observation.failure).toBeNull()
    expect(proxy.asked).toEqual([`CONNECT ${new URL(server.url).host}`])
  })

  test('under keepAlive: false opens a connection for every request', async () => {
    const server = await serveHttp2(ok)
    const user = newUser()
    for (let i = 0; i < 2; i++)
      expect((await ask(server.url, { keepAlive: false }, user)).observation.failure).toBeNull()
    expect(server.sessions).toHaveLength(2)
  })
})

describe('what HTTP/2 can go wrong', () => {
  const failureOf = async (url: string, changes: HttpOptions = {}): Promise<string> => {
    const { failure } = (await ask(url, changes)).observation
    return `${failure!.kind} ${failure!.detail}: ${failure!.message}`
  }

  test('a server without h2 is a failure, whether it refuses the offer or ignores it', async () => {
    const refusing = createHttps(pem.server, (_request, response) => void response.end('ok'))
    const ignoring = createTls(pem.server, (socket) => socket.on('error', () => {}))
    cleanup(() => (refusing.close(), ignoring.close()))
    for (const server of [refusing, ignoring]) {
      server.on('tlsClientError', () => {})
      const host = `127.0.0.1:${await listen(server)}`
      expect(await failureOf(`https://${host}`)).toBe(
        `connection http2: ${host} does not speak HTTP/2 (ALPN did not choose h2); leave the option http2 out`,
      )
    }
  })

  test('a server of HTTP/1.1 behind plain TCP is a failure too', async () => {
    const server = await serve((socket) => socket.write(OK))
    expect(await failureOf(server.origin, { tls: undefined })).toMatch(/^protocol http2: .*does not answer in HTTP\/2/)
  })

  test.each<[string, Answer, RegExp]>([
    [
      'reset before an answer',
      (stream) => stream.close(8),
      /^connection reset: HTTP\/2 stream reset: .*NGHTTP2_CANCEL/,
    ],
    [
      'reset in the middle of an answer',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('half')
        setTimeout(() => stream.destroy(new Error('gone')), 20)
      },
      /^connection reset: .*NGHTTP2_INTERNAL_ERROR/,
    ],
    ['refused', (stream) => stream.close(7), /^connection reset: .*NGHTTP2_REFUSED_STREAM/],
    [
      'cut off with the connection',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('half')
        setTimeout(() => (stream.session as unknown as { readonly wire: Socket }).wire.destroy(), 20)
      },
      /^connection (closed|reset): /,
    ],
    ['dismissed with the session', (stream) => stream.session!.goaway(2), /^connection closed: /],
  ])('a stream that is %s is a failed request', async (_name, answer, message) => {
    const server = await serveHttp2(answer)
    expect(await failureOf(server.url)).toMatch(message)
  })

  test('a stream that fails or is given up leaves the others on its connection alone', async () => {
    const server = await serveHttp2((stream, headers) => {
      if (headers[':path'] === '/bad') stream.close(8)
      else if (headers[':path'] !== '/silent') setTimeout(() => ok(stream, headers), 80)
    })
    const user = newUser()
    await ask(server.url, {}, user)
    const good = ask(server.url, {}, user)
    const bad = ask(`${server.url}/bad`, {}, user)
    const silent = ask(`${server.url}/silent`, { timeout: '40ms' }, user)
    expect((await bad).observation.failure).toMatchObject({ kind: 'connection', detail: 'reset' })
    expect((await silent).observation.failure).toMatchObject({ kind: 'timeout' })
    expect((await good).observation.failure).toBeNull()
    expect(server.sessions).toHaveLength(1)
  })

  test('after a goaway running requests end well and later ones take a new connection', async () => {
    const server = await serveHttp2((stream, headers) => {
      if (headers[':path'] === '/last') stream.session!.goaway(0)
      setTimeout(() => ok(stream, headers), 30)
    })
    const user = newUser()
    const [slow, last] = await Promise.all([ask(server.url, {}, user), ask(`${server.url}/last`, {}, user)])
    expect([slow.observation.failure, last.observation.failure]).toEqual([null, null])
    expect((await ask(server.url, {}, user)).observation.failure).toBeNull()
    expect(server.sessions).toHaveLength(2)
  })

  test('no more streams are opened than the server allows: others wait', async () => {
    let [running, most] = [0, 0]
    const server = await serveHttp2(
      (stream, headers) => {
        most = Math.max(most, ++running)
        void sleep(50).then(() => {
          running--
          ok(stream, headers)
        })
      },
      { settings: { maxConcurrentStreams: 2 } },
    )
    const user = newUser()
    const all = await Promise.all(Array.from({ length: 6 }, () => ask(server.url, {}, user)))
    expect(all.map(({ observation }) => observation.failure)).toEqual([null, null, null, null, null, null])
    expect({ most, sessions: server.sessions.length }).toEqual({ most: 2, sessions: 1 })
  })
})
