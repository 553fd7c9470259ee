import type { ResponseHeaders } from '../../scenarios/exchange.ts'
import { BrokenAnswer } from './broken-answer.ts'
import { checkPartial, parseHead, parseTrailers, type ResponseHead } from './response-head.ts'

/** Hears of one response while it is read. */
export interface ResponseSink {
  /** The final head. */
  onHead(head: ResponseHead): void
  /** Bytes of the body from `start` to `end`, only valid during the call. */
  onBody(data: Buffer, start: number, end: number): void
}

/** Longest head or trailer section, and longest chunk line with its extensions. */
export const MAX_HEAD_BYTES: number = 16 * 1024

const LF = 10
const CR = 13
const SPACE = 32
const TAB = 9
const SEMICOLON = 59
const NO_FIELDS: ResponseHeaders = {}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'
const EXTENSIONS = new RegExp(`^(?:[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?)+$`)

type State =
  | 'idle'
  | 'head'
  | 'length'
  | 'close'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk-size-lf'
  | 'chunk-data'
  | 'chunk-cr'
  | 'chunk-lf'
  | 'trailers'
  | 'complete'

/**
 * Reads HTTP/1.1 responses from pieces that may be cut anywhere, by the rules of RFC 9112: nothing else is accepted, and
 * whatever follows a complete response is left unread.
 *
 * Where it is stricter than undici's llhttp: versions other than 1.0 and 1.1, statuses below 100, a head, trailer
 * section or chunk line of more than 16 KiB, chunk extensions that are none by the grammar. Where it is not: an interim
 * 100 that nobody asked for is skipped (RFC 9110, 15.2), spaces may stand before a chunk extension (9112, 7.1.1).
 *
 * A server's heads are mostly equal byte for byte. The last one is kept with its meaning: recognising it again costs a
 * tenth of reading it.
 */
export class ResponseParser {
  /** The final head of the response that is being read. */
  head: ResponseHead | null = null
  trailers: ResponseHeaders = NO_FIELDS
  readonly #sink: ResponseSink
  #state: State = 'idle'
  #toHead = false
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0
  #digits = 0
  /** An unfinished head or trailer section. */
  #partial: Buffer | null = null
  #extensions = ''
  #knownBytes: Buffer | null = null
  #knownHead: ResponseHead | null = null

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** The response has arrived in full. */
  get complete(): boolean {
    return this.#state === 'complete'
  }

  /** A request was sent: its response is next. @param toHead the request is a HEAD, whose response has no body */
  begin(toHead: boolean): void {
    this.#state = 'head'
    this.#toHead = toHead
    this.#partial = null
    this.head = null
    this.trailers = NO_FIELDS
  }

  /**
   * Reads the first `end` bytes of a buffer, up to the end of the response.
   * @returns how many bytes belong to the response
   * @throws BrokenAnswer
   */
  push(data: Buffer, end: number): number {
    let at = 0
    while (at < end && this.#state !== 'complete') {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(data, at, end)
          break
        case 'length':
        case 'chunk-data':
        case 'close':
          at = this.#readBody(data, at, end)
          break
        case 'trailers':
          at = this.#readTrailers(data, at, end)
          break
        default:
          at = this.#readChunkLine(data, at, end)
      }
    }
    return at
  }

  /** The connection has ended. @returns what is wrong when the response is not complete by that */
  finish(): BrokenAnswer | null {
    if (this.#state === 'close') this.#state = 'complete'
    if (this.#state === 'complete') return null
    // A peer that said it would close has said all it has; one that did not say so has broken off.
    if (this.head === null || this.head.keepAlive) return new BrokenAnswer('UND_ERR_SOCKET', 'other side closed')
    return this.head.bodyEnd === 'length'
      ? new BrokenAnswer('UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the body is shorter than its content-length')
      : new BrokenAnswer('HPE_INVALID_EOF_STATE', 'the chunked body has no end')
  }

  #readHead(data: Buffer, from: number, end: number): number {
    if (this.#partial === null) {
      let at = from
      // Line ends between two responses mean nothing.
      while (at < end && (data[at] === CR || data[at] === LF)) at++
      if (at === end) return end
      const known = this.#knownBytes
      if (known !== null && startsWith(data, at, end, known)) {
        this.#take(this.#knownHead!)
        return at + known.length
      }
      const after = blockEnd(data, at, end)
      if (after < 0) return this.#keep(data, at, end)
      this.#knownHead = parseHead(data.toString('latin1', at, after - 4))
      this.#knownBytes = Buffer.from(data.subarray(at, after))
      this.#take(this.#knownHead)
      return after
    }
    const whole = Buffer.concat([this.#partial, data.subarray(from, end)])
    const after = blockEnd(whole, 0, whole.length)
    if (after < 0) return this.#keep(data, from, end)
    const before = this.#partial.length
    this.#partial = null
    this.#take(parseHead(whole.toString('latin1', 0, after - 4)))
    return from + after - before
  }

  #take(head: ResponseHead): void {
    // Interim answers announce the final one; 101 would be the end of HTTP on this connection.
    if (head.status === 101) throw new BrokenAnswer('unexpected-answer', 'an upgrade that nobody asked for')
    if (head.status < 200) return
    this.head = head
    const bodyEnd = this.#toHead ? 'none' : head.bodyEnd
    this.#left = bodyEnd === 'length' ? head.length : 0
    this.#digits = 0
    this.#state =
      bodyEnd === 'none' || (bodyEnd === 'length' && head.length === 0)
        ? 'complete'
        : bodyEnd === 'chunked'
          ? 'chunk-size'
          : bodyEnd
    this.#sink.onHead(head)
  }

  #keep(data: Buffer, from: number, end: number): number {
    const piece = Buffer.from(data.subarray(from, end))
    this.#partial = this.#partial === null ? piece : Buffer.concat([this.#partial, piece])
    if (this.#partial.length > MAX_HEAD_BYTES) throw tooLong()
    checkPartial(this.#partial.toString('latin1'), this.#state === 'trailers')
    return end
  }

  #readBody(data: Buffer, at: number, end: number): number {
    if (this.#state === 'close') {
      this.#sink.onBody(data, at, end)
      return end
    }
    const upTo = end - at < this.#left ? end : at + this.#left
    this.#left -= upTo - at
    if (this.#left === 0) this.#state = this.#state === 'length' ? 'complete' : 'chunk-cr'
    this.#sink.onBody(data, at, upTo)
    return upTo
  }

  #readChunkLine(data: Buffer, from: number, end: number): number {
    for (let at = from; at < end;) {
      const byte = data[at++]!
      switch (this.#state) {
        case 'chunk-size': {
          const digit = hexDigit(byte)
          if (digit >= 0) {
            this.#left = this.#left * 16 + digit
            if (++this.#digits > 16 || this.#left > Number.MAX_SAFE_INTEGER) throw badSize('too large')
          } else if (this.#digits === 0) throw badSize('not hexadecimal')
          else if (byte === CR) this.#state = 'chunk-size-lf'
          else if (byte === SEMICOLON || byte === SPACE || byte === TAB) {
            this.#extensions = String.fromCharCode(byte)
            this.#state = 'chunk-extension'
          } else throw badSize('not hexadecimal')
          break
        }
        case 'chunk-extension':
          if (byte !== CR) {
            this.#extensions += String.fromCharCode(byte)
            if (byte === LF || this.#extensions.length > MAX_HEAD_BYTES) throw badSize('bad extension')
            break
          }
          if (!EXTENSIONS.test(this.#extensions)) throw badSize('bad extension')
          this.#state = 'chunk-size-lf'
          break
        case 'chunk-size-lf':
          if (byte !== LF) throw new BrokenAnswer('HPE_STRICT', 'no line end after a chunk size')
          this.#state = this.#left === 0 ? 'trailers' : 'chunk-data'
          return at
        case 'chunk-cr':
          if (byte !== CR) throw new BrokenAnswer('HPE_STRICT', 'a chunk is longer than its size')
          this.#state = 'chunk-lf'
          break
        default:
          if (byte !== LF) throw new BrokenAnswer('HPE_STRICT', 'a chunk is longer than its size')
          this.#state = 'chunk-size'
          this.#digits = 0
      }
    }
    return end
  }

  #readTrailers(data: Buffer, from: number, end: number): number {
    // Nearly always there are none.
    if (this.#partial === null && end - from >= 2 && data[from] === CR && data[from + 1] === LF) {
      this.#state = 'complete'
      return from + 2
    }
    const before = this.#partial?.length ?? 0
    const whole =
      this.#partial === null ? data.subarray(from, end) : Buffer.concat([this.#partial, data.subarray(from, end)])
    const after = blockEnd(whole, 0, whole.length)
    if (after < 0) return this.#keep(data, from, end)
    this.trailers = parseTrailers(whole.toString('latin1', 0, Math.max(0, after - 4)))
    this.#partial = null
    this.#state = 'complete'
    return from + after - before
  }
}

function startsWith(data: Buffer, at: number, end: number, known: Buffer): boolean {
  const { length } = known
  if (end - at < length) return false
  for (let i = 0; i < length; i++) if (data[at + i] !== known[i]) return false
  return true
}

/**
 * Where the empty line that ends a block of lines ends; -1 when it has not arrived.
 * @throws BrokenAnswer for a line end without CR, or when the block is too long
 */
function blockEnd(data: Buffer, start: number, end: number): number {
  let lineStart = start
  for (let i = start; i < end; i++) {
    if (data[i] !== LF) continue
    if (i === start || data[i - 1] !== CR) throw new BrokenAnswer('HPE_CR_EXPECTED', 'a line end without CR')
    if (i - lineStart === 1) {
      if (i - start >= MAX_HEAD_BYTES) throw tooLong()
      return i + 1
    }
    lineStart = i + 1
  }
  return -1
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function badSize(why: string): BrokenAnswer {
  return new BrokenAnswer('HPE_INVALID_CHUNK_SIZE', `chunk size: ${why}`)
}

function tooLong(): BrokenAnswer {
  return new BrokenAnswer('UND_ERR_HEADERS_OVERFLOW', `more than ${MAX_HEAD_BYTES} bytes of headers`)
}
