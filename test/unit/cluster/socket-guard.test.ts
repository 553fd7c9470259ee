import type { EventEmitter } from 'node:events'
import { type ClientRequest, createServer, get, type Server } from 'node:http'
import { type AddressInfo, connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardSockets } from '../../../src/cluster/socket-guard.ts'

// eslint-disable-next-line typescript/unbound-method -- put back as it was
const own = Socket.prototype.connect
let server: Server
let port: number

beforeAll(async () => {
  server = createServer((_, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  guardSockets([{ host: '127.0.0.1', port }])
})
afterAll(() => {
  Socket.prototype.connect = own
  server.closeAllConnections()
  server.close()
})

/** `connected`, or the code of the error. */
const outcome = (socket: Socket | ClientRequest): Promise<unknown> =>
  new Promise((resolve) => {
    const emitter: EventEmitter = socket
    emitter.once('connect', () => resolve('connected'))
    emitter.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  }).finally(() => socket.destroy())

describe('sockets of a worker with a list', () => {
  it('connect to what is on it, however they are opened', async () => {
    expect(await outcome(connect({ host: '127.0.0.1', port }))).toBe('connected')
    expect(await outcome(connect(port, '127.0.0.1'))).toBe('connected')
    expect(await outcome(new Socket().connect(port, '127.0.0.1'))).toBe('connected')
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok')
  })

  it.each([
    ['another host', () => connect({ host: 'localhost', port })],
    ['another port', () => connect({ host: '127.0.0.1', port: port + 1 })],
    ['no host, which is this one by another name', () => connect(port)],
    ['a bare socket', () => new Socket().connect({ host: '10.0.0.1', port: 80 })],
    ['a unix socket', () => connect('/run/any.sock')],
    ['TLS', () => connectTls({ host: 'localhost', port })],
  ])('do not connect elsewhere: %s', async (_, open) => {
    expect(await outcome(open())).toBe('ERR_TARGET_NOT_ALLOWED')
  })

  it('do not connect elsewhere for HTTP either', async () => {
    expect(await outcome(get(`http://localhost:${port}/`))).toBe('ERR_TARGET_NOT_ALLOWED')
    await expect(fetch(`http://localhost:${port}/`)).rejects.toMatchObject({
      cause: { code: 'ERR_TARGET_NOT_ALLOWED' },
    })
  })
})
