import type { ResponseHeaders } from '../../scenarios/exchange.ts'
import { BrokenAnswer } from './broken-answer.ts'

/** How a body ends: there is none, after `length` bytes, with its last chunk, or with the connection. */
export type BodyEnd = 'none' | 'length' | 'chunked' | 'close'

/** The head of one response, understood. */
export interface ResponseHead {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly bodyEnd: BodyEnd
  /** Bytes of the body where a length was given, else 0. */
  readonly length: number
  /** The connection stays open after this response. */
  readonly keepAlive: boolean
  /** How long the server keeps the idle connection, from `Keep-Alive: timeout`; `null` when it does not tell. */
  readonly idleSeconds: number | null
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const TEXT = '[\\t\\x20-\\x7e\\x80-\\xff]*'
// Version 1.0 or 1.1. The space after the status is asked for by the grammar and left out by some servers.
const STATUS_LINE = new RegExp(`^HTTP/1\\.([01]) ([1-9]\\d\\d)(?: ${TEXT})?$`)
const FIELD_LINE = new RegExp(`^(${TOKEN}):(${TEXT})$`)
/** The longest beginnings of lines whose ends have not arrived. */
const STATUS_START = 'HTTP/1.1 200 '
const FIELD_START = new RegExp(`^(?:${TOKEN}(?::${TEXT})?)?\\r?$`)
const DIGITS = /^\d+$/
const CHUNKED_LAST = /(?:^|,)[ \t]*chunked[ \t]*$/i
/** Whatever says how long a message is may not come after it. */
const FRAMING = ['content-length', 'transfer-encoding']

/**
 * Reads a complete head, without the empty line that ends it.
 * @throws BrokenAnswer
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
export function parseHead(text: string): ResponseHead {
  const lines = text.split('\r\n')
  const match = STATUS_LINE.exec(lines[0]!)
  if (match === null) throw badStatusLine(lines[0]!)
  const status = Number(match[2])
  const headers = fieldsOf(lines, 1)
  const encoding = listed(headers['transfer-encoding'])
  const length = contentLength(headers, encoding !== null)
  const bodyEnd: BodyEnd =
    status < 200 || status === 204 || status === 304
      ? 'none'
      : encoding !== null
        ? CHUNKED_LAST.test(encoding)
          ? 'chunked'
          : 'close'
        : length !== null
          ? 'length'
          : 'close'
  const connection = (listed(headers['connection']) ?? '').toLowerCase().split(/[ \t]*,[ \t]*/)
  const timeout = /timeout=(\d+)/.exec(listed(headers['keep-alive']) ?? '')
  return {
    status,
    headers,
    bodyEnd,
    length: length ?? 0,
    keepAlive:
      bodyEnd !== 'close' && !connection.includes('close') && (match[1] === '1' || connection.includes('keep-alive')),
    idleSeconds: timeout === null ? null : Number(timeout[1]),
  }
}

/** Reads the trailer section of a chunked body. @throws BrokenAnswer */
export function parseTrailers(text: string): ResponseHeaders {
  const trailers = text === '' ? {} : fieldsOf(text.split('\r\n'), 0)
  for (const name of FRAMING)
    if (name in trailers) throw new BrokenAnswer('HPE_INVALID_HEADER_TOKEN', `${name} in the trailers`)
  return trailers
}

/**
 * Finds what can no longer become a head, so that a peer that speaks something else is not waited for.
 * @param text what has arrived of it
 * @param isTrailers no status line is expected
 * @throws BrokenAnswer
 */
export function checkPartial(text: string, isTrailers: boolean): void {
  const lines = text.split('\r\n')
  const last = lines.pop()!
  if (!isTrailers) {
    const first = lines.shift()
    if (first === undefined) return checkStatusStart(last)
    if (!STATUS_LINE.test(first)) throw badStatusLine(first)
  }
  const fields = fieldsOf(lines, 0)
  contentLength(fields, fields['transfer-encoding'] !== undefined)
  if (!FIELD_START.test(last)) throw badField(last)
}

function checkStatusStart(text: string): void {
  // From the status's last digit on it can be judged as a whole line.
  if (text.length > STATUS_START.length) {
    if (!STATUS_LINE.test(text.replace(/\r$/, ''))) throw badStatusLine(text)
    return
  }
  for (let i = 0; i < text.length; i++) {
    const [wanted, got] = [STATUS_START[i]!, text[i]!]
    if (got !== wanted && !(i >= 7 && /\d/.test(wanted) && /\d/.test(got)) && !(i === 12 && got === '\r'))
      throw badStatusLine(text)
  }
}

function fieldsOf(lines: readonly string[], from: number): ResponseHeaders {
  const fields: Record<string, string | string[]> = {}
  for (let i = from; i < lines.length; i++) {
    const match = FIELD_LINE.exec(lines[i]!)
    if (match === null) throw badField(lines[i]!)
    const name = match[1]!.toLowerCase()
    const value = trimmed(match[2]!)
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known === undefined) define(fields, name, value)
    else if (typeof known === 'string') define(fields, name, [known, value])
    else known.push(value)
  }
  return fields
}

function define(fields: Record<string, string | string[]>, name: string, value: string | string[]): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true, configurable: true })
  else fields[name] = value
}

/** Without the spaces and tabs around it; `trim()` would take more. */
function trimmed(value: string): string {
  let [start, end] = [0, value.length]
  while (start < end && (value[start] === ' ' || value[start] === '\t')) start++
  while (end > start && (value[end - 1] === ' ' || value[end - 1] === '\t')) end--
  return value.slice(start, end)
}

function listed(value: string | string[] | undefined): string | null {
  return value === undefined ? null : typeof value === 'string' ? value : value.join(',')
}

/** Two lengths, equal or not, and a length beside a transfer coding are how answers get confused: refused. */
function contentLength(headers: ResponseHeaders, hasEncoding: boolean): number | null {
  const value = headers['content-length']
  if (value === undefined) return null
  if (typeof value !== 'string') throw new BrokenAnswer('HPE_UNEXPECTED_CONTENT_LENGTH', 'more than one content-length')
  if (hasEncoding) throw new BrokenAnswer('HPE_UNEXPECTED_CONTENT_LENGTH', 'content-length beside transfer-encoding')
  const length = Number(value)
  if (!DIGITS.test(value) || !Number.isSafeInteger(length))
    throw new BrokenAnswer('HPE_INVALID_CONTENT_LENGTH', 'content-length is no number')
  return length
}

function badStatusLine(line: string): BrokenAnswer {
  return /^HTTP\/\d/.test(line) && !/^HTTP\/1\.[01]/.test(line)
    ? new BrokenAnswer('HPE_INVALID_VERSION', 'neither HTTP/1.1 nor HTTP/1.0')
    : new BrokenAnswer('HPE_INVALID_CONSTANT', 'no status line')
}

function badField(line: string): BrokenAnswer {
  return line.startsWith(' ') || line.startsWith('\t')
    ? new BrokenAnswer('HPE_INVALID_HEADER_TOKEN', 'a folded header line')
    : new BrokenAnswer('HPE_INVALID_HEADER_TOKEN', 'malformed header line')
}
