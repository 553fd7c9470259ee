import type { Observation, RequestFailure } from '../domain/observation.ts'
import type {
  DeltaSink,
  PreparedRequest,
  ResponseHeaders,
  ResponseReader,
  ResponseResult,
} from '../scenarios/exchange.ts'
import { decodedReader } from '../scenarios/decoding-reader.ts'
import type { Connection, ConnectStages, ExchangeListener } from './client/connection.ts'
import type { UserConnections } from './client/user-connections.ts'
import { withConnectStages } from './connect-stages.ts'
import { redirected } from './redirect.ts'
import type { EndedRequest } from './series-recorder.ts'
import { type TimeoutDetail, timeoutFailure, transportFailure } from './transport-failure.ts'

/** Who wants to know how a request goes. Times are microseconds since the run's start. */
export interface RequestEvents {
  /** The first byte is about to be written. */
  sent(atUs: number): void
  /** A piece of a body was read. */
  bytes(atUs: number, count: number): void
  /** A generated delta was read. */
  delta(atUs: number): void
  /** The last event. */
  ended(request: EndedRequest): void
}

/** The cookies of the user that a request belongs to. */
export interface RequestCookies {
  /** The request with those that belong to its address. */
  addTo(request: PreparedRequest): PreparedRequest
  /** An answer has arrived to this request. */
  takeFrom(request: PreparedRequest, headers: ResponseHeaders): void
}

/** What a run needs to know about its request. */
export interface RequestStart {
  readonly prepared: PreparedRequest
  readonly reader: (sink: DeltaSink) => ResponseReader
  readonly connections: UserConnections
  /** Sent and kept, redirects included. @default none */
  readonly cookies?: RequestCookies | null
  readonly scheduledAt: number
  readonly dispatchedAt: number
  /** Microseconds since the run's start. */
  readonly now: () => number
}

/** What a request is waiting for: a shared connection, or what a time limit of its own is for. */
type Phase = 'turn' | Exclude<TimeoutDetail, 'total'>

/**
 * One request from dispatch to its end, redirects included: its connection's listener, the time limits and the observation.
 * However it ends, `ended` is called exactly once and nothing is thrown.
 */
export class RequestRun implements DeltaSink, ExchangeListener {
  /** Status of the last response head; 0 before one. */
  status = 0
  /** The last response head's fields. */
  headers: ResponseHeaders = {}
  reader: ResponseReader
  /** What was sent last: the prepared request, or what a redirect made of it, with cookies. */
  request: PreparedRequest
  /** The same without kept cookies: the next address gets its own. */
  #bare: PreparedRequest
  readonly #start: RequestStart
  readonly #events: RequestEvents
  readonly #startedAt: number
  readonly #gaps: number[] = []
  #connection: Connection | null = null
  #redirects = 0
  #redirecting = false
  /** The request has ended. */
  #over = false
  #phase: Phase = 'connect'
  #phaseAt: number
  #timer: NodeJS.Timeout | null = null
  #checkAt = Infinity
  #sentAt: number | null = null
  #firstByteAt: number | null = null
  #lastDeltaAt = -1
  #bytesReceived = 0
  #connectStages: ConnectStages | null = null

  constructor(start: RequestStart, events: RequestEvents) {
    this.#start = start
    this.#events = events
    this.request = this.#bare = start.prepared
    this.reader = start.reader(this)
    this.#startedAt = this.#phaseAt = start.now()
  }

  /** Hands the request to its connection. */
  dispatch(): void {
    this.request = this.#start.cookies?.addTo(this.#bare) ?? this.#bare
    const { origin, transport } = this.request
    this.#enter('connect', this.#start.now())
    this.#connection = this.#start.connections.take(origin, transport)
    this.#connection.send(this.request, this)
  }

  /** Ends the request now. */
  abort(): void {
    this.#fail({ kind: 'aborted', detail: 'stopped', message: 'the load ended before the answer was complete' })
  }

  waits(waits: boolean): void {
    this.#enter(waits ? 'turn' : 'connect', this.#start.now())
  }

  opened(stages: ConnectStages): void {
    this.#connectStages ??= stages
  }

  sent(atUs: number): void {
    this.#enter('headers', atUs)
    if (this.#sentAt !== null) return
    this.#sentAt = atUs
    this.#events.sent(atUs)
  }

  head(status: number, headers: ResponseHeaders, atUs: number): void {
    this.#enter('chunk', atUs)
    this.status = status
    this.headers = headers
    this.#start.cookies?.takeFrom(this.request, headers)
    this.#redirecting =
      this.#start.prepared.maxRedirects > 0 && status >= 300 && status < 400 && typeof headers.location === 'string'
    if (this.#redirecting) return
    this.#firstByteAt = atUs
    this.reader = decodedReader(this.reader, headers)
    this.reader.head(status, headers)
  }

  body(chunk: Buffer, atUs: number): void {
    // Only the start moves: a limit that is later than the pending check needs no new timer.
    this.#phaseAt = atUs
    this.#bytesReceived += chunk.length
    this.#events.bytes(atUs, chunk.length)
    if (!this.#redirecting) this.reader.data(chunk, atUs)
  }

  complete(trailers: ResponseHeaders, atUs: number): void {
    this.#release()
    if (this.#redirecting) this.#follow(atUs)
    else this.#end(this.reader.end(trailers), atUs)
  }

  broken(error: unknown): void {
    this.#fail(transportFailure(error, this.request.origin))
  }

  /** The reader found a generated delta. */
  delta(atUs: number): void {
    if (this.#lastDeltaAt >= 0) this.#gaps.push(atUs - this.#lastDeltaAt)
    this.#lastDeltaAt = atUs
    this.#events.delta(atUs)
  }

  #follow(atUs: number): void {
    const location = String(this.headers.location)
    const next = redirected(this.#bare, this.status, location)
    if (next === null || this.#redirects === this.#start.prepared.maxRedirects) {
      const why =
        next === null ? 'a redirect to an address that is no http URL' : `more than ${this.#redirects} redirects`
      return this.#end(
        this.reader.fail({ kind: 'http', detail: String(this.status), message: `${why} (status ${this.status})` }),
        atUs,
      )
    }
    this.#redirects++
    this.#bare = next
    this.dispatch()
  }

  #fail(failure: RequestFailure): void {
    if (this.#over) return
    // Over first: ending the connection reports errors of its own.
    this.#over = true
    if (this.#connection !== null) this.#start.connections.end(this.#connection)
    this.#end(this.reader.fail(failure), this.#start.now())
  }

  #release(): void {
    if (this.#connection !== null) this.#start.connections.giveBack(this.#connection)
    this.#connection = null
  }

  #end(result: ResponseResult, endedAt: number): void {
    this.#over = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { prepared, scheduledAt, dispatchedAt } = this.#start
    const observation: Observation = {
      request: prepared.name,
      scheduledAt,
      dispatchedAt,
      sentAt: this.#sentAt,
      firstByteAt: this.#firstByteAt,
      firstDeltaAt: result.firstDeltaAt,
      firstVisibleAt: result.firstVisibleAt,
      lastDeltaAt: result.lastDeltaAt,
      endedAt,
      deltas: result.deltas,
      firstDeltaTokens: result.firstDeltaTokens,
      inputTokens: result.inputTokens,
      outputTokens: result.outputTokens,
      tokenSource: result.tokenSource,
      bytesReceived: this.#bytesReceived,
      stages: withConnectStages(result.stages, this.#connectStages),
      failure: result.failure,
    }
    this.#events.ended({ observation, gaps: this.#gaps })
  }

  #enter(phase: Phase, nowUs: number): void {
    this.#phase = phase
    this.#phaseAt = nowUs
    const dueUs = Math.min(this.#phaseAt + this.#limitUs(phase), this.#startedAt + this.#limitUs('total'))
    if (dueUs < this.#checkAt) this.#checkBy(dueUs, nowUs)
  }

  #limitUs(of: Phase | 'total'): number {
    const { connectUs, headersUs, chunkUs, totalUs } = this.#start.prepared.timeout
    return { turn: totalUs, connect: connectUs, headers: headersUs, chunk: chunkUs, total: totalUs }[of]
  }

  /** One timer per request: it looks at the limit of the phase that the request is in by then. */
  #checkBy(dueUs: number, nowUs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#checkAt = dueUs
    this.#timer = setTimeout(() => this.#check(), Math.ceil((dueUs - nowUs) / 1e3))
  }

  #check(): void {
    const nowUs = this.#start.now()
    for (const [phase, fromUs] of [
      [this.#phase, this.#phaseAt],
      ['total', this.#startedAt],
    ] as const) {
      const limitUs = this.#limitUs(phase)
      if (nowUs < fromUs + limitUs) continue
      return this.#fail(timeoutFailure(phase === 'turn' ? 'total' : phase, limitUs, this.request.origin))
    }
    this.#checkBy(Math.min(this.#phaseAt + this.#limitUs(this.#phase), this.#startedAt + this.#limitUs('total')), nowUs)
  }
}
