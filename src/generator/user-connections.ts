import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type buildConnector, Client, type Dispatcher } from 'undici'

/** Connections idle for longer are closed, unless the server's `Keep-Alive` header says less. */
const IDLE_MS = 10 * 60_000
/** A connection is given up this long before the server's own idle limit: a request must not meet its closing. */
const BEFORE_SERVERS_LIMIT_MS = 500

/**
 * One kept-alive connection to one origin, opened by its first request.
 *
 * A peer may close an idle connection: the next request then opens a new one, and the wait is in its queueWait. When
 * a connection breaks under a request or just before it, that request has failed; nothing is sent twice.
 */
export class OriginConnection {
  /** What requests that may share it have in common. */
  readonly key: string
  readonly #client: Client
  #connecting: Socket | null = null

  constructor(key: string, origin: string, insecureTls: boolean) {
    this.key = key
    this.#client = new Client(origin, {
      connect: (options, callback) => this.#connect(options, insecureTls, callback),
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

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler)
  }

  /** Ends the connection and whatever runs on it. */
  destroy(): void {
    this.#client.destroy(null, () => {})
    // The client does not know a socket that still connects.
    this.#connecting?.destroy()
  }

  #connect(options: buildConnector.Options, insecureTls: boolean, callback: buildConnector.Callback): void {
    const { hostname, protocol } = options
    const secure = protocol === 'https:'
    const address = { host: hostname, port: Number(options.port || (secure ? 443 : 80)), noDelay: true }
    const servername = options.servername || (isIP(hostname) ? '' : hostname)
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

/**
 * The connections of one user, kept between its requests. One request at a time goes over each; a second one at the same
 * time (redirects, scenario modules) takes or opens another.
 */
export class UserConnections {
  readonly #idle = new Map<string, OriginConnection[]>()
  readonly #all = new Set<OriginConnection>()

  /** A free connection to an origin; give it back or end it. */
  take(origin: string, insecureTls: boolean): OriginConnection {
    const key = insecureTls ? `insecure ${origin}` : origin
    const idle = this.#idle.get(key)?.pop()
    if (idle !== undefined) return idle
    const connection = new OriginConnection(key, origin, insecureTls)
    this.#all.add(connection)
    return connection
  }

  /** Its request has ended well. */
  giveBack(connection: OriginConnection): void {
    if (!this.#all.has(connection)) return
    const idle = this.#idle.get(connection.key)
    if (idle === undefined) this.#idle.set(connection.key, [connection])
    else idle.push(connection)
  }

  /** Its request has failed; the next one to its origin opens a new connection. */
  end(connection: OriginConnection): void {
    this.#all.delete(connection)
    connection.destroy()
  }

  /** Ends all of them. */
  close(): void {
    for (const connection of this.#all) connection.destroy()
    this.#all.clear()
    this.#idle.clear()
  }
}
