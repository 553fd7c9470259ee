import type { RequestFailure } from '../domain/observation.ts'
import { ConnectError, UnfitPeer } from './client/connect-error.ts'

/** An iteration that was still running when the load ended. */
export const STOPPED: RequestFailure = {
  kind: 'aborted',
  detail: 'stopped',
  message: 'the load ended before the iteration was complete',
}

/** Which of a request's time limits ran out. */
export type TimeoutDetail = 'connect' | 'headers' | 'chunk' | 'total'

/** Node's and undici's errors as far as they are read here. */
interface CodedError {
  readonly code?: unknown
  readonly name?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])
const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])
const CLOSED = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_SESSION_CLOSED',
])
const TLS =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERROR_IN_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|EPROTO$)/
// undici's parser errors come without a code.
const PROTOCOL = /^(unexpected-answer$|HTTPParserError$|HPE_|UND_ERR_RES_|UND_ERR_HEADERS_OVERFLOW)/
const UNSENDABLE = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_)/

const WORDS: Readonly<Record<string, string>> = {
  refused: 'connection refused',
  reset: 'connection reset',
  dns: 'host name not found',
  tls: 'TLS failed',
  closed: 'connection closed before the answer was complete',
  ENOENT: 'no such socket',
}

/**
 * What a failed transport means as a request's failure. The message names host and port and the error's code, never a
 * path or a header.
 * @param origin `http://host:port`
 */
export function transportFailure(error: unknown, origin: string): RequestFailure {
  if (error instanceof UnfitPeer) return error.failure
  const { code, text } = readError(error)
  const host = (error instanceof ConnectError ? error.via : null) ?? hostPort(origin)
  if (code === 'ETIMEDOUT') return timeoutFailure('connect', null, origin)
  // undici gives a closed socket and an answer that nobody asked for the same code.
  if (PROTOCOL.test(code) || /^bad (response|upgrade)$/.test(text)) {
    return {
      kind: 'protocol',
      detail: code === 'UND_ERR_SOCKET' ? 'unexpected-answer' : code,
      message: `malformed HTTP from ${host}: ${text} (${code})`,
    }
  }
  if (UNSENDABLE.test(code)) {
    return { kind: 'protocol', detail: 'invalid-request', message: `the request to ${host} cannot be sent: ${text}` }
  }
  if (code === 'ERR_HTTP2_ERROR') {
    const message = `${host} does not answer in HTTP/2: ${text}; leave the option http2 out for HTTP/1.1`
    return { kind: 'protocol', detail: 'http2', message }
  }
  if (code === 'ERR_HTTP2_STREAM_ERROR')
    return { kind: 'connection', detail: 'reset', message: `HTTP/2 stream reset: ${host} (${text})` }
  const detail = connectionDetail(code)
  return {
    kind: 'connection',
    detail,
    message:
      `${WORDS[detail] ?? 'connection failed'}: ${host} ` +
      (detail === 'tls' ? `(${code}: ${text})${tlsAdvice(code)}` : `(${code})`),
  }
}

/** What to do about a handshake that failed. */
function tlsAdvice(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return '; give the name that it is for: tls: { servername }'
  if (/^(UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|SELF_SIGNED|DEPTH_ZERO|CERT_UNTRUSTED)/.test(code))
    return '; give the authority that signed it: tls: { ca }'
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return '; the server may want a certificate: tls: { cert, key }'
  return ''
}

/** A time limit of ours that ran out. @param limitUs `null` when the system's own limit did */
export function timeoutFailure(detail: TimeoutDetail, limitUs: number | null, origin: string): RequestFailure {
  const limit = limitUs === null ? '' : ` within ${limitUs / 1e3} ms`
  const what = {
    connect: `no connection to ${hostPort(origin)}${limit}`,
    headers: `no response head from ${hostPort(origin)}${limit}`,
    chunk: `${hostPort(origin)} sent no more of the body${limit}`,
    total: `no complete answer from ${hostPort(origin)}${limit}`,
  }
  return { kind: 'timeout', detail, message: what[detail] }
}

/** `host:port` of an origin, the port also where it is the scheme's own. */
function hostPort(origin: string): string {
  const url = new URL(origin)
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
}

function connectionDetail(code: string): string {
  if (code === 'ECONNREFUSED') return 'refused'
  if (RESET.has(code)) return 'reset'
  if (DNS.has(code)) return 'dns'
  if (CLOSED.has(code)) return 'closed'
  if (TLS.test(code)) return 'tls'
  return code
}

/** Code and text of an error; of the first inner one where several addresses of a host were tried. */
function readError(error: unknown): { code: string; text: string } {
  const { code, name, message, cause, errors } = (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  ) as CodedError
  if (typeof code === 'string') return { code, text: String(message) }
  if (Array.isArray(errors) && errors.length > 0) return readError(errors[0])
  if (typeof cause === 'object' && cause !== null) return readError(cause)
  return { code: typeof name === 'string' ? name : 'Error', text: String(message) }
}
