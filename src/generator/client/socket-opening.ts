import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import {
  connect as connectTls,
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import type { TlsPlan, TransportPlan } from '../../domain/transport-plan.ts'
import { ConnectError, UnfitPeer } from './connect-error.ts'
import type { ConnectStages } from './connection.ts'
import { openTunnel } from './tunnel.ts'

/** An open socket, and what opening it took. */
export interface OpenedSocket {
  readonly socket: Socket
  readonly stages: ConnectStages
}

/** What opens a socket. */
export interface SocketOrder {
  /** `http://host:port` */
  readonly origin: string
  readonly transport: TransportPlan
  /** Name to ask for over TLS where the plan says none; the host's by default. */
  readonly servername?: string | null
  /** Ask a proxy for a tunnel also where it could take whole requests: for protocols other than HTTP/1.1. */
  readonly tunnel?: boolean
  /** Read plain TCP into a buffer of the caller's instead of emitting data. */
  readonly onread?: OnReadOpts
  /** Microseconds. */
  readonly now: () => number
  /** Called once, unless destroyed before. */
  readonly opened: (opened: OpenedSocket) => void
  readonly failed: (error: Error) => void
}

/** Opens a socket as a transport plan says: TCP, unix socket or through a proxy, then TLS for https. */
export class SocketOpening {
  readonly #order: SocketOrder
  readonly #url: URL
  readonly #secure: boolean
  readonly #port: number
  readonly #startUs: number
  #socket: Socket
  #lookedUpUs: number | null = null
  #connectedUs: number | null = null
  #over = false

  constructor(order: SocketOrder) {
    const { origin, transport, now, tunnel = false } = order
    const onread = order.onread === undefined ? {} : { onread: order.onread }
    this.#order = order
    this.#url = new URL(origin)
    this.#secure = this.#url.protocol === 'https:'
    this.#port = Number(this.#url.port || (this.#secure ? 443 : 80))
    const tunnelled = transport.proxy !== null && (this.#secure || tunnel)
    const tls = this.#secure && !tunnelled ? this.#tls() : null
    this.#startUs = now()
    this.#socket =
      tls === null ? connectTcp({ ...this.#address(), ...onread }) : connectTls({ ...this.#address(), ...tls })
    this.#socket.setKeepAlive(true)
    this.#socket.once('lookup', () => (this.#lookedUpUs = now()))
    this.#socket.on('error', (error) => this.#failed(error))
    this.#socket.once('connect', () => {
      this.#connectedUs = now()
      if (tunnelled) this.#tunnel()
      else if (!this.#secure) this.#done()
    })
    if (tls !== null) this.#socket.once('secureConnect', () => this.#done())
  }

  /** Gives up. Of no effect once it has opened or failed. */
  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#socket.destroy()
  }

  #address(): { host: string; port: number; noDelay: true } | { path: string; noDelay: true } {
    const { proxy, socketPath } = this.#order.transport
    if (socketPath !== null) return { path: socketPath, noDelay: true }
    return proxy === null
      ? { host: this.#host, port: this.#port, noDelay: true }
      : { host: proxy.host, port: proxy.port, noDelay: true }
  }

  get #host(): string {
    return this.#url.hostname.replace(/^\[(.*)\]$/, '$1')
  }

  #tls(): ConnectionOptions {
    const { tls, insecureTls, http2 } = this.#order.transport
    return {
      secureContext: contextOf(tls),
      // What a certificate is verified against when there is no server name to ask for.
      host: this.#host,
      servername: tls?.servername ?? this.#order.servername ?? (isIP(this.#host) ? '' : this.#host),
      rejectUnauthorized: !insecureTls,
      ALPNProtocols: [http2 ? 'h2' : 'http/1.1'],
    }
  }

  #tunnel(): void {
    const { proxy } = this.#order.transport
    const tcp = this.#socket
    openTunnel(tcp, proxy!, `${this.#url.hostname}:${this.#port}`, (error) => {
      if (this.#over) return
      if (error !== null) return this.#failed(error)
      this.#connectedUs = this.#order.now()
      if (!this.#secure) return this.#done()
      this.#socket = connectTls({ socket: tcp, ...this.#tls() })
      this.#socket.on('error', (cause) => this.#failed(cause))
      this.#socket.once('secureConnect', () => this.#done())
    })
  }

  #done(): void {
    if (this.#over) return
    const { transport, now, opened } = this.#order
    if (this.#secure && transport.http2 && (this.#socket as TLSSocket).alpnProtocol !== 'h2')
      return this.#failed(noHttp2(this.#url))
    this.#over = true
    const nowUs = now()
    const connectedUs = this.#connectedUs ?? nowUs
    opened({
      socket: this.#socket,
      stages: {
        dns: this.#lookedUpUs === null ? null : this.#lookedUpUs - this.#startUs,
        connect: connectedUs - (this.#lookedUpUs ?? this.#startUs),
        tls: this.#secure ? nowUs - connectedUs : null,
      },
    })
  }

  #failed(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#socket.destroy()
    const refused = (error as NodeJS.ErrnoException).code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
    if (refused && this.#order.transport.http2) this.#order.failed(noHttp2(this.#url))
    else this.#order.failed(error instanceof UnfitPeer ? error : new ConnectError(error, this.#via()))
  }

  /** Whom a failed connection was to reach, when it is not the host. */
  #via(): string | null {
    const { proxy, socketPath } = this.#order.transport
    if (this.#connectedUs !== null) return null
    if (socketPath !== null) return `socket ${socketPath}`
    return proxy === null ? null : `proxy ${proxy.host}:${proxy.port}`
  }
}

/** Reading certificates takes up to a millisecond, which is none of the server's: they are read once. */
const contexts = new WeakMap<TlsPlan, SecureContext>()
const SYSTEM: TlsPlan = { ca: null, cert: null, key: null, passphrase: null, servername: null }

function contextOf(tls: TlsPlan | null): SecureContext {
  const plan = tls ?? SYSTEM
  const { ca, cert, key, passphrase } = plan
  let context = contexts.get(plan)
  if (context === undefined) {
    const given = Object.entries({ ca, cert, key, passphrase }).filter(([, value]) => value !== null)
    contexts.set(plan, (context = createSecureContext(Object.fromEntries(given))))
  }
  return context
}

function noHttp2({ host }: URL): UnfitPeer {
  return new UnfitPeer('http2', `${host} does not speak HTTP/2 (ALPN did not choose h2); leave the option http2 out`)
}
