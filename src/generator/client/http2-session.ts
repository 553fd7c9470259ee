import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { PreparedRequest, ResponseHeaders } from '../../scenarios/exchange.ts'
import type { ConnectStages, ExchangeListener } from './connection.ts'
import { SocketOpening } from './socket-opening.ts'

/** Streams at a time where the server sets no limit. */
const MOST_STREAMS = 100
/** Flow control windows: large enough not to slow down what a local network can carry. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024

/** Sends requests at the same time over one connection. A stream that fails leaves the others alone. */
export class Http2Session {
  readonly #origin: string
  readonly #now: () => number
  readonly #opening: SocketOpening
  /** Requests that wait for the connection. */
  #early: { readonly request: PreparedRequest; readonly exchange: StreamExchange }[] = []
  #session: ClientHttp2Session | null = null
  #capacity = 1
  #error: Error | null = null
  /** It takes no more requests: refused, closed by the server or broken. */
  dead = false
  /** Requests that run. */
  running = 0
  /** More requests fit than before. */
  readonly #onRoom: () => void

  constructor(origin: string, transport: TransportPlan, now: () => number, onRoom: () => void) {
    this.#origin = origin
    this.#now = now
    this.#onRoom = onRoom
    this.#opening = new SocketOpening({
      origin,
      transport,
      tunnel: true,
      now,
      opened: ({ socket, stages }) => this.#open(socket, stages),
      failed: (error) => this.#broke(error),
    })
  }

  /** How many requests may run at a time; one until the server has told. */
  get capacity(): number {
    return this.#capacity
  }

  /** @returns gives the request up */
  send(request: PreparedRequest, listener: ExchangeListener): () => void {
    this.running++
    const exchange = new StreamExchange(listener, this.#now, () => {
      this.running--
      this.#onRoom()
    })
    if (this.#session === null) this.#early.push({ request, exchange })
    else this.#start(this.#session, request, exchange)
    return () => exchange.cancel()
  }

  destroy(): void {
    this.dead = true
    this.#early = []
    this.#opening.destroy()
    this.#session?.destroy()
  }

  #open(socket: Socket, stages: ConnectStages): void {
    const session = connect(this.#origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    })
    this.#session = session
    session.once('connect', () => session.setLocalWindowSize(SESSION_WINDOW_BYTES))
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      this.#capacity = Math.min(maxConcurrentStreams ?? MOST_STREAMS, MOST_STREAMS)
      this.#onRoom()
    })
    session.on('goaway', () => (this.dead = true))
    session.on('error', (error) => this.#broke(error))
    session.on('close', () => this.#broke(new Error('closed')))
    this.#early[0]?.exchange.opened(stages)
    for (const { request, exchange } of this.#early.splice(0)) this.#start(session, request, exchange)
  }

  #start(session: ClientHttp2Session, request: PreparedRequest, exchange: StreamExchange): void {
    if (exchange.over) return
    try {
      const { body } = request
      const stream = session.request(headersOf(request), { endStream: body === null })
      exchange.run(stream, () => this.#error)
      if (Buffer.isBuffer(body)) stream.end(body)
      else if (body !== null) sendStreamed(Readable.from(body.stream(), { objectMode: false }), stream)
    } catch (error) {
      exchange.broken(error)
    }
  }

  #broke(error: Error): void {
    this.dead = true
    this.#error ??= error
    for (const { exchange } of this.#early.splice(0)) exchange.broken(error)
    this.#onRoom()
  }
}

/** One stream, told to a listener. */
class StreamExchange {
  over = false
  readonly #listener: ExchangeListener
  readonly #now: () => number
  readonly #ended: () => void
  #stream: ClientHttp2Stream | null = null

  constructor(listener: ExchangeListener, now: () => number, ended: () => void) {
    this.#listener = listener
    this.#now = now
    this.#ended = ended
  }

  opened(stages: ConnectStages): void {
    if (!this.over) this.#listener.opened(stages)
  }

  /** @param sessionError why the whole connection broke, which says more than that the stream did */
  run(stream: ClientHttp2Stream, sessionError: () => Error | null): void {
    this.#stream = stream
    let answered = false
    let trailers: ResponseHeaders = {}
    const lost = (error: Error): void => this.broken(sessionError() ?? error)
    stream.on('response', ({ ':status': status, ...headers }) => {
      answered = true
      if (!this.over) this.#listener.head(status ?? 0, headers, this.#now())
    })
    stream.on('data', (chunk: Buffer) => {
      if (!this.over) this.#listener.body(chunk, this.#now())
    })
    stream.on('trailers', (fields) => (trailers = fields as ResponseHeaders))
    stream.on('end', () => {
      // A stream that the server resets ends too.
      if (answered && stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) this.#complete(trailers)
    })
    stream.on('error', lost)
    stream.on('close', () => {
      if (!this.over) lost(new StreamReset(stream.rstCode ?? constants.NGHTTP2_INTERNAL_ERROR))
    })
    this.#listener.sent(this.#now())
  }

  broken(error: unknown): void {
    if (!this.#finish()) return
    this.#listener.broken(error)
  }

  cancel(): void {
    if (!this.#finish()) return
    this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  #complete(trailers: ResponseHeaders): void {
    if (!this.#finish()) return
    this.#listener.complete(trailers, this.#now())
  }

  /** @returns false when it was over already */
  #finish(): boolean {
    if (this.over) return false
    this.over = true
    this.#ended()
    return true
  }
}

/** A stream that ended before its answer was complete, without a better reason. */
class StreamReset extends Error {
  readonly code = 'ERR_HTTP2_STREAM_ERROR'

  constructor(rstCode: number) {
    const name = Object.entries(constants).find(
      ([key, value]) =>
        value === rstCode &&
        /^NGHTTP2_[A-Z_]+$/.test(key) &&
        !/^NGHTTP2_(ERR|FLAG|STREAM|SETTINGS|HCAT|NV|DEFAULT)_/.test(key),
    )?.[0]
    super(`stream closed with ${name ?? rstCode}`)
  }
}

function headersOf({ method, path, origin, headers, body }: PreparedRequest): OutgoingHttpHeaders {
  const url = new URL(origin)
  const fields: Record<string, string | string[]> = {
    ':method': method,
    ':scheme': url.protocol.slice(0, -1),
    ':authority': url.host,
    ':path': path,
  }
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] === 'host' ? ':authority' : headers[i]!
    const known = name.startsWith(':') ? undefined : fields[name]
    fields[name] = known === undefined ? headers[i + 1]! : [known, headers[i + 1]!].flat()
  }
  if (body !== null) fields['content-length'] = String(Buffer.isBuffer(body) ? body.length : body.size)
  return fields
}

function sendStreamed(body: Readable, stream: ClientHttp2Stream): void {
  body.on('error', (error) => stream.destroy(error))
  stream.on('close', () => body.destroy())
  body.pipe(stream)
}
