/** What sends requests: undici, or our own client for plain HTTP/1.1 over TCP. */
export type Client = 'undici' | 'wire'

/** How the connections of a scenario are made; requests with equal plans and origins may share them. */
export interface TransportPlan {
  /** Whose HTTP: the wire client where it can serve, which is plain HTTP/1.1 over TCP, else undici. */
  readonly client: Client
  /** Accept certificates that do not verify. */
  readonly insecureTls: boolean
  readonly tls: TlsPlan | null
  readonly proxy: ProxyPlan | null
  /** Absolute path of a unix socket or named pipe to connect to instead of the URL's host. */
  readonly socketPath: string | null
  /** HTTP/2 by ALPN over TLS, with prior knowledge over TCP. */
  readonly http2: boolean
  /** False: a connection for every request. */
  readonly keepAlive: boolean
  /** Most connections to one origin, over all generators; `null` = one for each user. */
  readonly maxConnections: number | null
}

/** PEM texts; a missing one is `null`. */
export interface TlsPlan {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly passphrase: string | null
  /** Name to ask for and to verify instead of the URL's host. */
  readonly servername: string | null
}

/** An HTTP proxy. */
export interface ProxyPlan {
  readonly host: string
  readonly port: number
  /** Value of `proxy-authorization`; `null` for none. */
  readonly authorization: string | null
}

/** A kept connection to the URL's host for each user. */
export const PLAIN_TRANSPORT: TransportPlan = {
  client: 'wire',
  insecureTls: false,
  tls: null,
  proxy: null,
  socketPath: null,
  http2: false,
  keepAlive: true,
  maxConnections: null,
}
