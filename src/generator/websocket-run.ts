import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket, type RawData } from 'ws'
import { NOTHING_GENERATED, type Observation, type RequestFailure } from '../domain/observation.ts'
import type { WebSocketScenarioPlan } from '../domain/scenario.ts'
import { compileCheck, failure as failureOf, statusFailure } from '../scenarios/answer-check.ts'
import { KEPT_FOR_PEOPLE, type PreparedRequest, type ResponseHeaders } from '../scenarios/exchange.ts'
import { KeptBody } from '../scenarios/kept-body.ts'
import { redactText } from '../scenarios/redact.ts'
import type { ConnectStages } from './client/connection.ts'
import { SocketOpening } from './client/socket-opening.ts'
import type { RunningIteration } from './iterations.ts'
import type { EndedRequest } from './series-recorder.ts'
import { STOPPED, type TimeoutDetail, timeoutFailure, transportFailure } from './transport-failure.ts'

/** How long the peer may take to answer the closing handshake before the socket is cut; nothing is measured by then. */
const CLOSING_MS = 1000
const CLOSE_NORMAL = 1000

/** Who wants to know how a WebSocket goes. Times are microseconds since the run's start. */
export interface WebSocketEvents {
  sent(atUs: number): void
  bytes(atUs: number, count: number): void
  /** All that is measured is over. */
  measured(request: EndedRequest): void
  /** The socket is closed: the last event. */
  closed(): void
}

/** What a run needs to know. */
export interface WebSocketStart {
  readonly plan: WebSocketScenarioPlan
  /** The opening request; its body is the list of messages as JSON. */
  readonly prepared: PreparedRequest
  readonly scheduledAt: number
  readonly dispatchedAt: number
  readonly now: () => number
}

/** One WebSocket from connecting to closing: its messages, time limits and observation. Nothing is thrown. */
export class WebSocketRun implements RunningIteration {
  readonly #start: WebSocketStart
  readonly #events: WebSocketEvents
  readonly #messages: readonly string[]
  /** Messages to wait for in all. */
  readonly #awaited: number
  readonly #startedAt: number
  readonly #sentAts: number[] = []
  readonly #roundTrips: number[] = []
  readonly #stages = new Map<string, number>()
  readonly #transcript = new KeptBody(KEPT_FOR_PEOPLE)
  readonly #opening: SocketOpening
  #webSocket: WebSocket | null = null
  #timer: NodeJS.Timeout | null = null
  #over = false
  #closed = false
  /** Status of the answer to the handshake, 0 before it; 101 is a WebSocket. */
  status = 0
  headers: ResponseHeaders = {}
  #sentAt: number | null = null
  #openAt = 0
  #headAt: number | null = null
  #received = 0
  #bytesReceived = 0
  #last = ''

  constructor(start: WebSocketStart, events: WebSocketEvents) {
    const { plan, prepared, now } = start
    this.#start = start
    this.#events = events
    this.#messages = messagesOf(prepared)
    this.#awaited = plan.greeting + plan.receive
    this.#startedAt = now()
    this.#limit('connect')
    this.#opening = new SocketOpening({
      origin: prepared.origin,
      transport: prepared.transport,
      tunnel: true,
      now,
      opened: ({ socket, stages }) => this.#shake(socket, stages),
      failed: (error) => this.#fail(transportFailure(error, prepared.origin)),
    })
  }

  /** The opening request, with the messages as its body. */
  get request(): PreparedRequest {
    return {
      ...this.#start.prepared,
      body: this.#messages.length === 0 ? null : Buffer.from(this.#messages.join('\n')),
    }
  }

  /** What was received, a line for each message, cut at 64 KiB. */
  text(): string {
    return this.#transcript.text()
  }

  abort(): void {
    if (this.#over) this.#cut()
    else this.#fail(STOPPED)
  }

  /** The handshake over an open socket. */
  #shake(socket: Socket, { dns, tls }: ConnectStages): void {
    const { prepared, plan, now } = this.#start
    if (dns !== null) this.#stages.set('dns', dns)
    if (tls !== null) this.#stages.set('tls', tls)
    this.#sentAt = now()
    this.#events.sent(this.#sentAt)
    this.#limit('headers')
    const webSocket = new WebSocket(prepared.origin + prepared.path, [...plan.protocols], {
      headers: headersOf(prepared),
      createConnection: () => socket,
      perMessageDeflate: false,
      // Ours; without it a message of several megabytes would end the load's measurement instead of being measured.
      maxPayload: 0,
    })
    this.#webSocket = webSocket
    webSocket.on('upgrade', ({ headers, statusCode }: IncomingMessage) => {
      this.status = statusCode ?? 0
      this.headers = headers
      this.#headAt = now()
    })
    webSocket.on('open', () => this.#opened())
    webSocket.on('message', (data, isBinary) => this.#message(data, isBinary))
    webSocket.on('unexpected-response', (_request, response) => this.#refused(response))
    webSocket.on('error', (error) => this.#fail(webSocketFailure(error, prepared.origin)))
    webSocket.on('close', (code, reason) => {
      this.#fail(this.#closedEarly(code, reason))
      this.#end()
    })
  }

  #opened(): void {
    if (this.#over) return
    this.#openAt = this.#start.now()
    this.#stages.set('connect', this.#openAt - this.#startedAt)
    this.#limit('chunk')
    this.#proceed()
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#over) return
    const atUs = this.#start.now()
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
    this.#received++
    this.#bytesReceived += bytes.length
    this.#events.bytes(atUs, bytes.length)
    if (this.#received === 1) this.#stages.set('firstMessage', atUs - this.#openAt)
    const askedAt = this.#sentAts[this.#received - this.#start.plan.greeting - 1]
    if (askedAt !== undefined) this.#roundTrips.push(atUs - askedAt)
    this.#last = bytes.toString('utf8')
    this.#transcript.push(Buffer.from(isBinary ? `[${bytes.length} bytes]\n` : `${this.#last}\n`))
    this.#limit('chunk')
    this.#proceed(atUs)
  }

  /** Sends what is due; ends when everything awaited has come. @param atUs when the last message came */
  #proceed(atUs?: number): void {
    const { greeting } = this.#start.plan
    while (this.#sentAts.length < this.#messages.length) {
      const next = this.#sentAts.length
      if (this.#received < Math.min(greeting + next, this.#awaited)) return
      this.#sentAts.push(this.#start.now())
      this.#webSocket!.send(this.#messages[next]!)
    }
    if (this.#received >= this.#awaited) this.#measured(this.#judge(), atUs)
  }

  #judge(): RequestFailure | null {
    const { check } = this.#start.plan
    const bytes = Buffer.byteLength(this.#last)
    return compileCheck(check)({ text: this.#last, bytes, truncated: false, what: 'the last message' })
  }

  #refused(response: IncomingMessage): void {
    const body = new KeptBody(KEPT_FOR_PEOPLE)
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    this.#headAt = this.#start.now()
    response.on('data', (chunk: Buffer) => body.push(chunk))
    response.on('close', () => this.#fail(statusFailure(this.status, this.headers, body.text())))
  }

  #closedEarly(code: number, reason: Buffer): RequestFailure {
    const why = reason.length === 0 ? '' : ` (${redactText(reason.toString('utf8'))})`
    const how = code === 1006 ? 'without a closing handshake' : `with code ${code}${why}`
    const host = new URL(this.#start.prepared.origin).host
    const message = `${host} closed the WebSocket ${how} after ${this.#received} of ${this.#awaited} messages`
    return failureOf('connection', `closed ${code}`, message)
  }

  #fail(failure: RequestFailure): void {
    if (this.#over) return
    this.#measured(failure)
  }

  #measured(failure: RequestFailure | null, endedAt: number = this.#start.now()): void {
    this.#over = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { prepared, scheduledAt, dispatchedAt } = this.#start
    const observation: Observation = {
      request: prepared.name,
      scheduledAt,
      dispatchedAt,
      sentAt: this.#sentAt,
      firstByteAt: this.#headAt,
      ...NOTHING_GENERATED,
      endedAt,
      bytesReceived: this.#bytesReceived,
      stages: this.#stages,
      failure,
    }
    this.#events.measured({ observation, gaps: [], roundTrips: this.#roundTrips })
    if (failure !== null && failure.kind !== 'check') return this.#cut()
    this.#timer = setTimeout(() => this.#cut(), CLOSING_MS)
    this.#webSocket!.close(CLOSE_NORMAL)
  }

  #cut(): void {
    this.#opening.destroy()
    this.#webSocket?.terminate()
    this.#end()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#events.closed()
  }

  /** The time limit that runs from now on, within that of the whole. */
  #limit(phase: Exclude<TimeoutDetail, 'total'>): void {
    const { prepared, now } = this.#start
    const { connectUs, headersUs, chunkUs, totalUs } = prepared.timeout
    const phaseUs = { connect: connectUs, headers: headersUs, chunk: chunkUs }[phase]
    const leftUs = this.#startedAt + totalUs - now()
    const [detail, limitUs] = phaseUs < leftUs ? [phase, phaseUs] : (['total', totalUs] as const)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () =>
        this.#fail({
          ...timeoutFailure(detail, limitUs, prepared.origin),
          ...(detail === 'chunk' && this.#silence(limitUs)),
        }),
      Math.ceil(Math.min(phaseUs, Math.max(leftUs, 0)) / 1e3),
    )
  }

  #silence(limitUs: number): Pick<RequestFailure, 'message'> {
    const host = new URL(this.#start.prepared.origin).host
    return { message: `no message from ${host} within ${limitUs / 1e3} ms after ${this.#received} of ${this.#awaited}` }
  }
}

function webSocketFailure(error: Error, origin: string): RequestFailure {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined)
    return failureOf('protocol', 'handshake', `the handshake with ${new URL(origin).host} failed: ${error.message}`)
  if (code.startsWith('WS_ERR_'))
    return failureOf('protocol', code, `malformed WebSocket frame from ${new URL(origin).host}: ${error.message}`)
  return transportFailure(error, origin)
}

/** Texts as they are, other values as JSON. */
function messagesOf({ body }: PreparedRequest): readonly string[] {
  const messages = JSON.parse(String(body)) as readonly unknown[]
  return messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message)))
}

function headersOf({ headers }: PreparedRequest): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) fields[headers[i]!] = headers[i + 1]!
  return fields
}
