import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { ProxyPlan, TlsPlan, TransportPlan } from '../domain/transport-plan.ts'
import { isSupported, type ContentEncoding } from './content-encoding.ts'
import { absolutePath, FILE_FORM, type FileRef, isFileRef } from './local-file.ts'
import { tls, type TlsOptions, tlsPlan } from './tls-options.ts'

/** How requests reach their server. */
export interface TransportOptions {
  /** Accept certificates that do not verify. @default false */
  readonly insecureTls?: boolean
  /** Certificates to trust and to show. */
  readonly tls?: TlsOptions | undefined
  /**
   * `'http://user:password@host:port'`: a tunnel (CONNECT) for https and WebSocket, an absolute address for http. The
   * environment (`HTTP_PROXY`) is not read. @default none
   */
  readonly proxy?: string
  /** Connect to this unix socket or named pipe; the URL still gives the host header and the path. */
  readonly socketPath?: FileRef
  /**
   * HTTP/2 instead of HTTP/1.1: by ALPN over TLS, with prior knowledge (h2c) over plain TCP. A server that speaks only
   * HTTP/1.1 is a failure: nothing falls back silently. @default false
   */
  readonly http2?: boolean
  /**
   * Ask for encoded answers: `true` is gzip, deflate and br. Decoding costs the generator CPU; received bytes are counted
   * as they were on the wire. Answers that come encoded without being asked for are decoded all the same. @default false
   */
  readonly compression?: boolean | readonly ContentEncoding[]
  /** `false` opens a connection for every request; connecting is then in each `queueWait` and latency. @default true */
  readonly keepAlive?: boolean
  /**
   * Most connections to one origin, of the whole load; users share them, and a request waits for a free one, which is
   * `queueWait`. With `http2` requests share connections up to the server's limit of streams. Each generator has at
   * least one. @default one per user
   */
  readonly maxConnections?: number
}

const PROXY_FORM = "takes 'http://host:port', with user:password@ before the host where the proxy asks for it"
const COMPRESSION_FORM = "takes true, false or a list of 'gzip', 'deflate', 'br' and, where Node has it, 'zstd'"

/** Fields of {@link TransportOptions} for the schema of a request. */
export const transportFields: Readonly<Record<keyof TransportOptions, z.ZodType>> = {
  insecureTls: z.boolean('takes true or false').optional(),
  tls: tls.optional(),
  proxy: z.custom<string>((input) => typeof input === 'string' && proxyUrl(input) !== null, PROXY_FORM).optional(),
  socketPath: z.custom<FileRef>(isFileRef, FILE_FORM).optional(),
  http2: z.boolean('takes true or false').optional(),
  compression: z
    .union(
      [
        z.boolean(),
        z.array(z.custom<ContentEncoding>(isSupported, COMPRESSION_FORM)).min(1, 'takes at least one encoding'),
      ],
      COMPRESSION_FORM,
    )
    .optional(),
  keepAlive: z.boolean('takes true or false').optional(),
  maxConnections: z.int('takes a whole number from 1').min(1, 'takes a whole number from 1').optional(),
}

/**
 * Resolves the options; certificates are read now.
 * @throws LoadError `invalid-option`
 */
export function transportPlan(where: string, options: TransportOptions): TransportPlan {
  if (options.proxy !== undefined && options.socketPath !== undefined) {
    throw new LoadError('invalid-option', `${where}: options proxy and socketPath exclude each other`)
  }
  if (options.keepAlive === false && options.maxConnections !== undefined) {
    throw new LoadError('invalid-option', `${where}: options keepAlive: false and maxConnections exclude each other`, {
      hint: 'limit the users instead: maxUsers on arrival profiles',
    })
  }
  return {
    client: 'undici',
    insecureTls: options.insecureTls ?? false,
    http2: options.http2 ?? false,
    keepAlive: options.keepAlive ?? true,
    maxConnections: options.maxConnections ?? null,
    tls: options.tls === undefined ? null : tlsPlan(where, options.tls),
    proxy: options.proxy === undefined ? null : proxyPlan(options.proxy),
    socketPath: options.socketPath === undefined ? null : absolutePath(options.socketPath),
  }
}

/** {@link transportPlan} for the calls of scenario modules: equal certificates are read and tried once. */
export function keptTransportPlans(): TransportPlanner {
  const known = new Map<string, TlsPlan>()
  return (where, options) => {
    if (options.tls === undefined) return transportPlan(where, options)
    const key = JSON.stringify(options.tls)
    const kept = known.get(key)
    if (kept !== undefined) return { ...transportPlan(where, { ...options, tls: undefined }), tls: kept }
    const plan = transportPlan(where, options)
    known.set(key, plan.tls!)
    return plan
  }
}

/** Makes the transport plan of a request. @throws LoadError `invalid-option` */
export type TransportPlanner = (where: string, options: TransportOptions) => TransportPlan

/** The header that asks for encoded answers. */
export function acceptEncoding({ compression }: TransportOptions): Record<string, string> {
  if (compression === undefined || compression === false) return {}
  return { 'accept-encoding': compression === true ? 'gzip, deflate, br' : compression.join(', ') }
}

function proxyPlan(proxy: string): ProxyPlan {
  const { hostname, port, username, password } = proxyUrl(proxy)!
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 80 : Number(port),
    authorization: username === '' && password === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

function proxyUrl(text: string): URL | null {
  if (!/^http:\/\/[^/\s]/i.test(text) || !URL.canParse(text)) return null
  const url = new URL(text)
  return url.pathname === '/' && url.search === '' ? url : null
}
