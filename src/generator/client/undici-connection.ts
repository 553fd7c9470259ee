import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type * as Undici from 'undici'
import type { buildConnector, Client, Dispatcher } from 'undici'
import type { TransportPlan } from '../../domain/transport-plan.ts'
import { type PreparedRequest, type ResponseHeaders, StreamedBody } from '../../scenarios/exchange.ts'
import { BEFORE_SERVERS_LIMIT_MS, type Connection, type ExchangeListener, IDLE_MS } from './connection.ts'
import { SocketOpening } from './socket-opening.ts'

const require = createRequire(import.meta.url)

/** Loaded where it is used: it takes as long as all else of a generator. The rehearsal loads it before the load starts. */
export function undici(): typeof Undici {
  return require('undici') as typeof Undici
}

/** A connection whose HTTP is undici's: all that a request may ask for, at about twice the cost of the wire client. */
export class UndiciConnection implements Connection, Dispatcher.DispatchHandler {
  readonly origin: string
  readonly transport: TransportPlan
  readonly #now: () => number
  readonly #client: Client
  #listener: ExchangeListener | null = null
  #opening: SocketOpening | null = null
  /** What broke the socket. undici sometimes only says that it was closed. */
  #socketError: Error | null = null

  constructor(origin: string, transport: TransportPlan, now: () => number) {
    this.origin = origin
    this.transport = transport
    this.#now = now
    this.#client = new (undici().Client)(origin, {
      connect: ({ servername }, callback) => this.#connect(servername ?? null, callback),
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

  send(request: PreparedRequest, listener: ExchangeListener): void {
    this.#listener = listener
    try {
      this.#client.dispatch(this.#options(request), this)
    } catch (error) {
      this.#break(error)
    }
  }

  destroy(): void {
    this.#listener = null
    this.#client.destroy(null, () => {})
    // The client does not know a socket that still connects.
    this.#opening?.destroy()
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
    listener?.complete(trailers, this.#now())
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#break(error)
  }

  #options({ method, path, headers, body }: PreparedRequest): Dispatcher.DispatchOptions {
    const { proxy, keepAlive } = this.transport
    const streamed = body instanceof StreamedBody ? body : null
    const added = streamed === null ? [] : ['content-length', String(streamed.size)]
    // A proxy takes requests for http hosts whole; for https hosts there is a tunnel, and it sees nothing of them.
    const whole = proxy !== null && this.origin.startsWith('http:')
    if (whole && proxy.authorization !== null) added.push('proxy-authorization', proxy.authorization)
    return {
      method,
      path: whole ? this.origin + path : path,
      headers: added.length === 0 ? (headers as string[]) : [...headers, ...added],
      body: streamed === null ? (body as Buffer | null) : Readable.from(streamed.stream(), { objectMode: false }),
      // Says `connection: close` or not; left out, undici closes after every HEAD, and after a GET or DELETE with a body.
      reset: !keepAlive,
    }
  }

  #break(error: unknown): void {
    const listener = this.#listener
    this.#listener = null
    listener?.broken(this.#socketError ?? error)
  }

  #connect(servername: string | null, callback: buildConnector.Callback): void {
    const { origin, transport } = this
    this.#opening = new SocketOpening({
      origin,
      transport,
      servername,
      now: this.#now,
      opened: ({ socket, stages }) => {
        this.#socketError = null
        socket.once('error', (error) => (this.#socketError = error))
        this.#listener?.opened(stages)
        callback(null, socket)
      },
      // Never an error with a code: undici keeps requests waiting on some codes instead of failing them.
      failed: (error) => callback(error, null),
    })
  }
}
