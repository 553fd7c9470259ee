import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { PreparedRequest, ResponseHeaders } from '../../scenarios/exchange.ts'

/** What opening a connection took, in microseconds; a part that there was not is `null`. */
export interface ConnectStages {
  /** Looking the host name up. */
  readonly dns: number | null
  /** TCP, or the unix socket; a proxy's tunnel included. */
  readonly connect: number
  /** The TLS handshake. */
  readonly tls: number | null
}
/** Connections idle for longer are closed, unless the server's `Keep-Alive` header says less. */
export const IDLE_MS: number = 10 * 60_000
/** A connection is given up this long before the server's own idle limit: a request must not meet its closing. */
export const BEFORE_SERVERS_LIMIT_MS = 500

/**
 * Hears how one request goes over its connection: `opened` and `sent` at most once, then `head`, any `body`, `complete`; or `broken`
 * at any point. Nothing follows `complete` and `broken`. Times are microseconds since the run's start.
 */
export interface ExchangeListener {
  /** True while all connections that it may take are busy; then no limit of connecting runs. */
  waits(waits: boolean): void
  /** A connection was opened for this request; told before `sent`. */
  opened(stages: ConnectStages): void
  /** The first byte is about to be written: the connection is open. */
  sent(atUs: number): void
  /** The final response head; interim ones are not told. */
  head(status: number, headers: ResponseHeaders, atUs: number): void
  /** A piece of the body, only valid during the call. */
  body(chunk: Buffer, atUs: number): void
  /** The answer has arrived in full: the connection may take the next request. */
  complete(trailers: ResponseHeaders, atUs: number): void
  /** Connecting, sending or reading failed; the connection is of no more use. */
  broken(error: unknown): void
}

/**
 * A connection to one origin, opened by its first request; one request at a time goes over it.
 *
 * A peer may close it while it is idle: the next request then opens a new one, and the wait is in its queueWait. When
 * it breaks under a request or just before it, that request has failed; nothing is sent twice.
 */
export interface Connection {
  readonly origin: string
  readonly transport: TransportPlan
  /** Never throws: what cannot be sent is `broken`. */
  send(request: PreparedRequest, listener: ExchangeListener): void
  /** Ends the connection and whatever runs on it. */
  destroy(): void
}
