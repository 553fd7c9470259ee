import type { RequestFailure } from '../domain/observation.ts'

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
const CLOSED = new Set(['UND_ERR_SOCKET', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'ERR_STREAM_PREMATURE_CLOSE'])
const TLS =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERROR_IN_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|EPROTO$)/
// undici's parser errors come without a code.
const PROTOCOL = /^(HTTPParserError$|HPE_|UND_ERR_RES_|UND_ERR_HEADERS_OVERFLOW)/
const UNSENDABLE = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_)/

const WORDS: Readonly<Record<string, string>> = {
  refused: 'connection refused',
  reset: 'connection reset',
  dns: 'host name not found',
  tls: 'TLS failed',
  closed: 'connection closed before the answer was complete',
}

/**
 * What a failed transport means as a request's failure. The message names host and port and the error's code, never a
 * path or a header.
 * @param origin `http://host:port`
 */
export function transportFailure(error: unknown, origin: string): RequestFailure {
  const { code, text } = readError(error)
  const host = hostPort(origin)
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
  const detail = connectionDetail(code)
  return {
    kind: 'connection',
    detail,
    message: `${WORDS[detail] ?? 'connection failed'}: ${host} (${code}${detail === 'tls' ? `: ${text}` : ''})`,
  }
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
