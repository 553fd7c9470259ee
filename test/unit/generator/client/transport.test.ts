import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../../src/domain/scenario.ts'
import { http, type HttpOptions } from '../../../../src/scenarios/http.ts'
import { type Certificates, certificates, PASSPHRASE } from '../../../support/certificates.ts'
import { OK, requestBench, send, type Sent } from '../../../support/request-bench.ts'
import { TestProxy } from '../../../support/test-proxy.ts'

const { newUser, serve, cleanup } = requestBench()
let pem: Certificates
beforeAll(async () => {
  pem = await certificates()
})

const ok: RequestListener = (_request, response) => void response.end('ok')

async function listen(server: Server, at: string | number = 0): Promise<number> {
  cleanup(() => server.close())
  await new Promise<void>((resolve) => server.listen(at, resolve))
  return typeof at === 'number' ? (server.address() as AddressInfo).port : 0
}

async function secure(options: ServerOptions = {}): Promise<string> {
  const server = createHttps({ ...pem.server, ...options }, ok)
  server.on('tlsClientError', () => {})
  cleanup(() => server.closeAllConnections())
  return `https://localhost:${await listen(server)}`
}

const get = (url: string, options: HttpOptions, user = newUser()): Promise<Sent> =>
  send(user, url, http.get(url, options).plan() as HttpScenarioPlan)

describe('TLS', () => {
  test('trusts the authority that is given, and only then', async () => {
    const url = await secure()
    expect((await get(url, { tls: { ca: pem.ca } })).observation.failure).toBeNull()
    expect((await get(url, {})).observation.failure).toEqual({
      kind: 'connection',
      detail: 'tls',
      message: expect.stringMatching(
        /^TLS failed: localhost:\d+ \(UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*\); give the authority that signed it: tls: \{ ca \}$/,
      ) as string,
    })
  })

  test('shows a client certificate, also with an encrypted key', async () => {
    const url = await secure({ requestCert: true, rejectUnauthorized: true, ca: pem.ca })
    const { cert, key, encryptedKey } = pem.client
    expect((await get(url, { tls: { ca: pem.ca, cert, key } })).observation.failure).toBeNull()
    expect(
      (await get(url, { tls: { ca: pem.ca, cert, key: encryptedKey, passphrase: PASSPHRASE } })).observation.failure,
    ).toBeNull()
    expect((await get(url, { tls: { ca: pem.ca } })).observation.failure).toMatchObject({
      kind: 'connection',
      detail: 'tls',
      message: expect.stringContaining('the server may want a certificate: tls: { cert, key }') as string,
    })
  })

  test('verifies another name than the host when told to', async () => {
    const url = (await secure()).replace('localhost', '127.0.0.2')
    expect((await get(url, { tls: { ca: pem.ca } })).observation.failure?.message).toContain(
      'give the name that it is for',
    )
    expect((await get(url, { tls: { ca: pem.ca, servername: 'localhost' } })).observation.failure).toBeNull()
  })
})

describe('a proxy', () => {
  const proxied = async (wanted: string | null = null): Promise<TestProxy> => {
    const proxy = await TestProxy.start(wanted)
    cleanup(() => proxy.stop())
    return proxy
  }

  test('tunnels https, with its credentials', async () => {
    const [url, proxy] = [await secure(), await proxied('ada:l0ve')]
    const { observation } = await get(url, { tls: { ca: pem.ca }, proxy: `http://ada:l0ve@${proxy.host}` })
    expect(observation.failure).toBeNull()
    expect(proxy.asked).toEqual([`CONNECT ${new URL(url).host}`])
  })

  test('gets http requests whole', async () => {
    const server = createHttp((request, response) => response.end(`${request.url} ${request.headers.host}`))
    const host = `127.0.0.1:${await listen(server)}`
    cleanup(() => server.closeAllConnections())
    const proxy = await proxied()
    const { run } = await get(`http://${host}/a?b=1`, { proxy: `http://ada:x@${proxy.host}` })
    expect(run.reader.text()).toBe(`/a?b=1 ${host}`)
    expect(proxy.asked).toEqual([`GET http://${host}/a?b=1`])
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('ada:x').toString('base64')}`])
  })

  test('that refuses, cannot be reached or answers nonsense fails the request and says so', async () => {
    const [url, proxy] = [await secure(), await proxied('ada:l0ve')]
    const nonsense = await serve((socket) => socket.write('SSH-2.0-x\r\n\r\n'))
    const failing = async (address: string): Promise<string> => {
      const { failure } = (await get(url, { proxy: address })).observation
      return `${failure!.kind} ${failure!.detail}: ${failure!.message}`
    }
    const target = new URL(url).host
    expect(await failing(`http://${proxy.host}`)).toBe(
      `connection proxy: the proxy ${proxy.host} opened no tunnel to ${target}: 407 Proxy Authentication Required; ` +
        "give user and password: proxy: 'http://user:password@host:port'",
    )
    expect(await failing(`http://ada:secret@${proxy.host}`)).toBe(
      `connection proxy: the proxy ${proxy.host} opened no tunnel to ${target}: 407 Proxy Authentication Required; ` +
        'it does not take the user and password of the option proxy',
    )
    expect(await failing('http://127.0.0.1:9')).toBe(
      'connection refused: connection refused: proxy 127.0.0.1:9 (ECONNREFUSED)',
    )
    expect(await failing(nonsense.origin)).toContain('does not answer in HTTP')
  })
})

describe('a unix socket', () => {
  const place = (): string => join(tmpdir(), `vitest-perf-${process.pid}-${Math.random().toString(36).slice(2)}.sock`)

  test('is connected to instead of the host', async () => {
    const [path, server] = [place(), createHttp((request, response) => response.end(request.headers.host))]
    cleanup(() => server.closeAllConnections())
    await listen(server, path)
    const { observation, run } = await get('http://service.test/health', { socketPath: path })
    expect(observation).toMatchObject({ failure: null })
    expect(run.reader.text()).toBe('service.test')
  })

  test('that is not there fails the request', async () => {
    const path = place()
    expect((await get('http://service.test/', { socketPath: path })).observation.failure).toEqual({
      kind: 'connection',
      detail: 'ENOENT',
      message: `no such socket: socket ${path} (ENOENT)`,
    })
  })
})

describe('connections', () => {
  test('are opened for every request under keepAlive: false', async () => {
    const server = await serve((socket) => socket.write(OK))
    const user = newUser()
    for (let i = 0; i < 3; i++)
      expect((await get(server.origin, { keepAlive: false }, user)).observation.failure).toBeNull()
    expect(server.connections).toBe(3)
    expect(server.received.every((request) => /\r\nconnection: close\r\n/i.test(request))).toBe(true)
  })

  test('leave their times as stages of the request that opened them, and of no other', async () => {
    const user = newUser()
    const options = { tls: { ca: pem.ca } }
    const url = await secure()
    const first = (await get(url, options, user)).observation
    const { dns, connect, tls } = Object.fromEntries(first.stages!)
    expect(Math.min(dns!, connect!, tls!)).toBeGreaterThan(0)
    // Their sum is what the request waited for.
    expect(first.sentAt! - first.dispatchedAt - (dns! + connect! + tls!)).toBeGreaterThanOrEqual(0)
    expect((await get(url, options, user)).observation.stages).toBeNull()
  })

  test('that take long to be secured say so in tls, not in connect', async () => {
    const inner = createHttps({ ...pem.server }, ok)
    cleanup(() => inner.closeAllConnections())
    const port = await listen(inner)
    // Accepts at once and begins the handshake 120 ms later.
    const { connect: dial } = await import('node:net')
    const late = createTcp((socket) => {
      socket.on('error', () => {})
      setTimeout(
        () =>
          socket
            .pipe(dial(port))
            .on('error', () => {})
            .pipe(socket),
        120,
      )
    })
    const url = `https://127.0.0.1:${await listen(late)}`
    const { observation } = await get(url, { tls: { ca: pem.ca } })
    const stages = observation.stages!
    expect(stages.has('dns')).toBe(false)
    expect(stages.get('connect')!).toBeLessThan(stages.get('tls')!)
    expect(stages.get('tls')!).toBeGreaterThanOrEqual(119_000)
    expect(observation.sentAt! - observation.dispatchedAt).toBeGreaterThanOrEqual(stages.get('tls')!)
  })
})
