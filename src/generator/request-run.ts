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
import type { Limited, TimeLimits } from './time-limits.ts'
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
  readonly reader: (sink: DeltaSink, request: PreparedRequest) => ResponseReader
  readonly connections: UserConnections
  /** Sent and kept, redirects included. @default none */
  readonly cookies?: RequestCookies | null
  readonly scheduledAt: number
  readonly dispatchedAt: number
  /** Those of the whole generator. */
  readonly limits: TimeLimits
  /** Microseconds since the run's start. */
  readonly now: () => number
}

const NO_HEADERS: ResponseHeaders = {}
/** Replaced by the first delta, never added to. */
const NO_GAPS: number[] = []

/** What a request is waiting for: a shared connection, or what a time limit of its own is for. */
type Phase = 'turn' | Exclude<TimeoutDetail, 'total'>

/**
 * One request from dispatch to its end, redirects included: its connection's listener, the time limits and the observation.
 * However it ends, `ended` is called exactly once and nothing is thrown.
 */
export class RequestRun implements DeltaSink, ExchangeListener, Limited {
  /** Status of the last response head; 0 before one. */
  status = 0
  /** The last response head's fields. */
  headers: ResponseHeaders = NO_HEADERS
  /** Its place among all that have time limits. */
  place = -1
  reader: ResponseReader
  /** What was sent last: the prepared request, or what a redirect made of it, with cookies. */
  request: PreparedRequest
  /** The same without kept cookies: the next address gets its own. */
  #bare: PreparedRequest
  readonly #start: RequestStart
  readonly #events: RequestEvents
  readonly #startedAt: number
  #gaps: number[] = NO_GAPS
  #connection: Connection | null = null
  #redirects = 0
  #redirecting = false
  /** The request has ended. */
  #over = false
  #phase: Phase = 'connect'
  #phaseAt: number
  #phaseLimitUs: number
  #sentAt: number | null = null
  #firstByteAt: number | null = null
  #lastDeltaAt = -1
  #bytesReceived = 0
  #connectStages: ConnectStages | null = null

  constructor(start: RequestStart, events: RequestEvents) {
    this.#start = start
    this.#events = events
    this.request = this.#bare = start.prepared
    this.reader = start.reader(this, start.prepared)
    this.#startedAt = this.#phaseAt = start.now()
    this.#phaseLimitUs = start.prepared.timeout.connectUs
  }

  get dueUs(): number {
    return Math.min(this.#phaseAt + this.#phaseLimitUs, this.#startedAt + this.#start.prepared.timeout.totalUs)
  }

  /** Hands the request to its connection. */
  dispatch(): void {
    const { cookies, connections, limits, now, prepared } = this.#start
    this.request = cookies?.addTo(this.#bare) ?? this.#bare
    const { origin, transport } = this.request
    if (this.place < 0) limits.watch(this)
    else this.#enter('connect', now(), prepared.timeout.connectUs)
    this.#connection = connections.take(origin, transport)
    this.#connection.send(this.request, this)
  }

  /** Ends the request now. */
  abort(): void {
    this.#fail({ kind: 'aborted', detail: 'stopped', message: 'the load ended before the answer was complete' })
  }

  waits(waits: boolean): void {
    const { connectUs, totalUs } = this.#start.prepared.timeout
    if (waits) this.#enter('turn', this.#start.now(), totalUs)
    else this.#enter('connect', this.#start.now(), connectUs)
  }

  opened(stages: ConnectStages): void {
    this.#connectStages ??= stages
  }

  sent(atUs: number): void {
    this.#enter('headers', atUs, this.#start.prepared.timeout.headersUs)
    if (this.#sentAt !== null) return
    this.#sentAt = atUs
    this.#events.sent(atUs)
  }

  head(status: number, headers: ResponseHeaders, atUs: number): void {
    this.#enter('chunk', atUs, this.#start.prepared.timeout.chunkUs)
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
    this.#phaseAt = atUs
    this.#bytesReceived += chunk.length
    this.#events.bytes(atUs, chunk.length)
    if (!this.#redirecting) this.reader.data(chunk, atUs)
  }

  complete(trailers: ResponseHeaders, atUs: number): void {
    this.#release()
    if (this.#redirecting) this.#follow(atUs)
    else this.#end(this.#notTooSoon(this.reader.end(trailers), atUs), atUs)
  }

  broken(error: unknown): void {
    this.#fail(transportFailure(error, this.request.origin))
  }

  /** The reader found a generated delta. */
  delta(atUs: number): void {
    if (this.#lastDeltaAt < 0) this.#gaps = []
    else this.#gaps.push(atUs - this.#lastDeltaAt)
    this.#lastDeltaAt = atUs
    this.#events.delta(atUs)
  }

  /** A good answer that came sooner than the service can give one is a failure. */
  #notTooSoon(result: ResponseResult, endedAt: number): ResponseResult {
    const { minTimeUs } = this.#start.prepared
    if (minTimeUs === undefined || result.failure !== null) return result
    const tookUs = endedAt - (this.#sentAt ?? endedAt)
    return tookUs >= minTimeUs ? result : { ...result, failure: tooSoon(tookUs, minTimeUs) }
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
    const { prepared, scheduledAt, dispatchedAt, limits } = this.#start
    limits.unwatch(this)
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
      audio: result.audio,
      counters: result.counters,
      bytesReceived: this.#bytesReceived,
      stages: withConnectStages(result.stages, this.#connectStages),
      failure: result.failure,
    }
    this.#events.ended({ observation, gaps: this.#gaps })
  }

  #enter(phase: Phase, nowUs: number, limitUs: number): void {
    this.#phase = phase
    this.#phaseAt = nowUs
    this.#phaseLimitUs = limitUs
    this.#start.limits.sooner(this.dueUs)
  }

  expire(nowUs: number): void {
    const { totalUs } = this.#start.prepared.timeout
    const { origin } = this.request
    if (this.#phase === 'turn' || nowUs < this.#phaseAt + this.#phaseLimitUs)
      this.#fail(timeoutFailure('total', totalUs, origin))
    else this.#fail(timeoutFailure(this.#phase, this.#phaseLimitUs, origin))
  }
}

function tooSoon(tookUs: number, minTimeUs: number): RequestFailure {
  const message = `the answer was complete after ${tookUs / 1e3} ms, the check wants at least ${minTimeUs / 1e3} ms`
  return { kind: 'check', detail: 'minTime', message }
}
