import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { BaseUrl, Scenario, WebSocketScenarioPlan } from '../domain/scenario.ts'
import { absoluteUrl, pathOf, requireUrl } from './address.ts'
import { preparation, resolveData } from './data.ts'
import { jsonValue } from './json-value.ts'
import { baseUrl, parseOptions, requestFields, type RequestOptions } from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { transportPlan } from './transport-options.ts'

type SharedOption =
  | 'name'
  | 'headers'
  | 'data'
  | 'dataOrder'
  | 'timeout'
  | 'tls'
  | 'insecureTls'
  | 'proxy'
  | 'socketPath'
  | 'check'

/**
 * Options of `websocket(url, options)`. `check` looks at the last message; `timeout.headers` limits the handshake,
 * `timeout.chunk` the silence before each message.
 */
export interface WebSocketOptions extends Pick<RequestOptions, SharedOption> {
  /** Where a `url` that is a path belongs to. */
  readonly baseUrl?: BaseUrl | undefined
  /**
   * Messages, each sent when the answer to the one before it has come. A text is sent as it is, any other JSON value as
   * JSON. Their texts may hold `{{templates}}`. @default none: the server speaks first
   */
  readonly send?: readonly unknown[]
  /**
   * Messages to wait for; the iteration's latency ends with the last. With fewer than are sent, those that are left are
   * sent at once. @default one for each message sent, at least 1
   */
  readonly receive?: number
  /** Messages that the server sends by itself before it is sent anything; they come on top of `receive`. @default 0 */
  readonly greeting?: number
  /** Subprotocols to offer; the server must choose one of them. */
  readonly protocols?: string | readonly string[]
}

const PROTOCOL = /^[!#$%&'*+\-.^_`|~\w]+$/
const PROTOCOLS_FORM = "takes a subprotocol or a list of them, e.g. 'graphql-transport-ws'"
const protocol = z.string(PROTOCOLS_FORM).regex(PROTOCOL, PROTOCOLS_FORM)
const COUNT_FORM = 'takes a whole number from 0'
const count = z.int(COUNT_FORM).min(0, COUNT_FORM).max(1e6, 'takes a whole number up to 1,000,000')
const { name, headers, data, dataOrder, timeout, tls, insecureTls, proxy, socketPath, check } = requestFields

const SCHEMA = z.strictObject(
  {
    name,
    headers,
    data,
    dataOrder,
    timeout,
    tls,
    insecureTls,
    proxy,
    socketPath,
    check,
    baseUrl,
    send: z.array(jsonValue, "takes a list of messages, e.g. ['Hello', { id: 1 }]").optional(),
    receive: count.optional(),
    greeting: count.optional(),
    protocols: z.union([protocol, z.array(protocol)], PROTOCOLS_FORM).optional(),
  },
  'takes an object of options',
)
const WHERE = 'websocket(url, options)'

/**
 * A scenario of one WebSocket: an iteration connects, sends, receives and closes.
 *
 * - `latency`: from the intended start to the last message that was waited for; the closing handshake is not in it.
 * - `run.stage('connect')`: from the beginning of the connection to the open WebSocket: `dns`, TCP, `tls` (stages of
 *   their own where there are any) and the handshake (us).
 * - `run.stage('firstMessage')`: from the open WebSocket to the first message (us).
 * - `run.stage('roundTrip')`: from a message handed to the socket to the answer to it, for each message sent (us).
 *
 * `queueWait` is the time to the open socket, `serviceTime` counts from there. Failures: `connection` (refused, closed
 * early: `closed 1011`), `http` (the handshake was answered with another status), `timeout`, `protocol`, `check`.
 *
 * `websocket('ws://127.0.0.1:8000/echo', { send: ['Hello {{name}}'], data: { name: ['Ada'] } })`
 * @throws LoadError `invalid-option` naming the option, what it got and what it takes
 */
export function websocket(url: string, options: WebSocketOptions = {}): Scenario {
  requireUrl(WHERE, url)
  const parsed = parseOptions(WHERE, SCHEMA, options) as WebSocketOptions
  for (const header of Object.keys(parsed.headers ?? {})) {
    if (/^sec-websocket-/i.test(header)) {
      throw new LoadError('invalid-option', `${WHERE}: option headers.${header}: the client sets it itself`, {
        hint: 'subprotocols are the option protocols',
      })
    }
  }
  const title = parsed.name ?? `WS ${pathOf(httpForm(url))}`
  return { name: title, ...preparation(parsed.data), plan: () => webSocketPlan(title, url, parsed) }
}

function webSocketPlan(title: string, url: string, options: WebSocketOptions): WebSocketScenarioPlan {
  const { send = [], greeting = 0, protocols = [] } = options
  const base = typeof options.baseUrl === 'string' ? httpForm(options.baseUrl) : options.baseUrl
  const parts = {
    method: 'GET',
    name: title,
    url: absoluteUrl(WHERE, httpForm(url), base),
    headers: {},
    body: JSON.stringify(send),
    bodyForm: 'json',
    upload: null,
    transport: transportPlan(WHERE, options),
    templates: true,
    data: resolveData(WHERE, options.data),
  } as const
  return {
    kind: 'websocket',
    protocols: typeof protocols === 'string' ? [protocols] : protocols,
    greeting,
    receive: options.receive ?? (greeting > 0 ? send.length : Math.max(1, send.length)),
    ...requestPlan(WHERE, parts, options),
  }
}

/** A WebSocket begins as a request to the same address. */
function httpForm(url: string): string {
  return url.replace(/^ws(s?):\/\//i, 'http$1://')
}
