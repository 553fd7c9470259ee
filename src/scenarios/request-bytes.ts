import { type PreparedRequest, StreamedBody } from './exchange.ts'

/** Larger bodies are not kept a second time with their head: against sending them, copying them is nothing. */
const MAX_PREPARED_BODY = 64 * 1024
const WITH_PAYLOAD = new Set(['POST', 'PUT', 'PATCH'])
/** They would say otherwise how long the request is, or end the connection. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'expect'])

/**
 * Bytes made beforehand. Kept beside the requests, by identity: a copy with other headers (cookies, a redirect) is another
 * request, and must not take these along.
 */
const made = new WeakMap<PreparedRequest, Buffer>()

/** Makes the bytes of a request that will be sent again and again. @returns how many are kept, 0 for none */
export function makeBytes(request: PreparedRequest): number {
  const small = request.body === null || (Buffer.isBuffer(request.body) && request.body.length <= MAX_PREPARED_BODY)
  if (!small || unsendable(request) !== null) return 0
  const bytes = serialised(request)
  made.set(request, bytes)
  return bytes.length
}

/**
 * A request as HTTP/1.1 bytes, the same that undici writes.
 * @throws Error `UND_ERR_INVALID_ARG` for a header that would change where the request ends, or a body that is no bytes
 */
export function requestBytes(request: PreparedRequest): Buffer {
  return made.get(request) ?? serialised(request)
}

function serialised(request: PreparedRequest): Buffer {
  const { method, origin, path, headers, body } = request
  const problem = unsendable(request)
  if (problem !== null || body instanceof StreamedBody)
    throw Object.assign(new Error(problem ?? 'streamed body'), { code: 'UND_ERR_INVALID_ARG' })
  let { host } = new URL(origin)
  let fields = ''
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() === 'host') host = headers[i + 1]!
    else fields += `${headers[i]}: ${headers[i + 1]}\r\n`
  }
  const size = body?.length ?? 0
  if (size > 0 || WITH_PAYLOAD.has(method)) fields += `content-length: ${size}\r\n`
  const head = Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${fields}\r\n`,
    'latin1',
  )
  return body === null ? head : Buffer.concat([head, body])
}

function unsendable({ headers }: PreparedRequest): string | null {
  const name = headers.find((header, i) => i % 2 === 0 && FRAMING.has(header.toLowerCase()))
  return name === undefined ? null : `invalid ${name} header`
}
