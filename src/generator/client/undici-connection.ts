import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type buildConnector, Client, type Dispatcher } from 'undici'
import type { TransportPlan } from '../../domain/scenario.ts'
import type { PreparedRequest, ResponseHeaders } from '../../scenarios/exchange.ts'
import type { Connection, ExchangeListener } from './connection.ts'

/** Connections idle for longer are closed, unless the server's `Keep-Alive` header says less. */
const IDLE_MS = 10 * 60_000
/** A connection is given up this long before the server's own idle limit: a request must not meet its closing. */
const BEFORE_SERVERS_LIMIT_MS = 500

/** A connection whose HTTP is undici's: all that a request may ask for, at about twice the cost of the wire client. */
export class UndiciConnection implements Connection, Dispatcher.DispatchHandler {
  readonly origin: string
  readonly transport: TransportPlan
  readonly #now: () => number
  readonly #client: Client
  #listener: ExchangeListener | null = null
  #connecting: Socket | null = null

  constructor(origin: string, transport: TransportPlan, now: () => number) {
    this.origin = origin
    this.transport = transport
    this.#now = now
    this.#client = new Client(origin, {
      connect: (options, callback) => this.#connect(options, callback),
      pipelining: 1,
      // Time limits are the generator's own: undici's are coarse and do not tell what ran out.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      keepAliveTimeoutThreshold: BEFORE_SERVERS_LIMIT_MS,
    })
    // undici emits what escapes a handler; ours do not throw, and an unheard 'error' would end the process.
    const emitter: NodeJS.EventEmitter = this.#client
    emitter.on('error', () => {})
  }

  send({ method, path, headers, body }: PreparedRequest, listener: ExchangeListener): void {
    this.#listener = listener
    try {
      // Without `reset: false` undici closes the connection after every HEAD, and after a GET or DELETE with a body.
      this.#client.dispatch({ method, path, headers: headers as string[], body, reset: false }, this)
    } catch (error) {
      this.#break(error)
    }
  }

  destroy(): void {
    this.#listener = null
    this.#client.destroy(null, () => {})
    // The client does not know a socket that still connects.
    this.#connecting?.destroy()
  }

  onRequestStart(): void {
    this.#listener?.sent(this.#now())
  }

  onResponseStart(_controller: unknown, status: number, headers: ResponseHeaders): void {
    if (status >= 200) this.#listener?.head(status, headers, this.#now())
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#listener?.body(chunk, this.#now())
  }

  onResponseEnd(_controller: unknown, trailers: ResponseHeaders): void {
    const listener = this.#listener
    this.#listener = null
    listener?.complete(trailers)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#break(error)
  }

  #break(error: unknown): void {
    const listener = this.#listener
    this.#listener = null
    listener?.broken(error)
  }

  #connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const { hostname, protocol } = options
    const secure = protocol === 'https:'
    const address = { host: hostname, port: Number(options.port || (secure ? 443 : 80)), noDelay: true }
    const servername = options.servername || (isIP(hostname) ? '' : hostname)
    const { insecureTls } = this.transport
    const socket = secure
      ? connectTls({ ...address, servername, rejectUnauthorized: !insecureTls, ALPNProtocols: ['http/1.1'] })
      : connectTcp({ ...address, keepAlive: true })
    this.#connecting = socket
    const settled = (): boolean => {
      const first = this.#connecting === socket
      this.#connecting = null
      return first
    }
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (settled()) callback(null, socket)
    })
    socket.on('error', (error) => {
      // A fresh error: undici keeps requests of some codes waiting instead of failing them.
      if (settled()) callback(new ConnectError(error), null)
    })
  }
}

class ConnectError extends Error {
  constructor(cause: Error) {
    super('connecting failed', { cause })
  }
}
