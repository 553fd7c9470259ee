const LF = 10
const CR = 13
const COLON = 58
const SPACE = 32
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const DATA: readonly number[] = [100, 97, 116, 97]

/** Hears what an event stream holds. */
export interface SseHandler {
  /** One event. `type` is the `event:` field, or `message`. */
  event(data: string, type: string): void
  /** A line of a field that the standard does not know; browsers skip it, but it may be an error sent raw. */
  stray(line: string): void
  /** An event is longer than allowed; nothing is read after it. */
  tooLong(): void
}

/** Default limit of one event in bytes: no real delta comes near it. */
export const MAX_EVENT_BYTES: number = 4 * 1024 * 1024

/**
 * Splits a byte stream into server-sent events. Pieces may be cut anywhere, also inside a line end or a character:
 * lines are cut as bytes (no byte of a longer UTF-8 sequence equals CR or LF) and decoded whole.
 * `id:` and `retry:` mean nothing without reconnecting and are skipped. An event without its closing blank line is
 * never dispatched, as the standard asks.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseParser {
  readonly #handler: SseHandler
  readonly #maxEventBytes: number
  /** Copies of the pieces of an unfinished line: the buffers handed in are only valid during the call. */
  #pieces: Buffer[] = []
  /** Bytes of the unfinished line and the event so far. */
  #size = 0
  #data: string | null = null
  #type = 'message'
  /** The last byte was a CR: an LF that follows belongs to it. */
  #afterCr = false
  #atStart = true
  #stopped = false

  constructor(handler: SseHandler, maxEventBytes: number = MAX_EVENT_BYTES) {
    this.#handler = handler
    this.#maxEventBytes = maxEventBytes
  }

  push(chunk: Buffer): void {
    let at = this.#afterCr && chunk[0] === LF ? 1 : 0
    if (chunk.length > 0) this.#afterCr = false
    let cr = chunk.indexOf(CR, at)
    let lf = chunk.indexOf(LF, at)
    while (!this.#stopped) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
      if (end < 0) break
      this.#lineEnd(chunk, at, end)
      at = end + 1
      if (end === cr) {
        if (at === chunk.length) this.#afterCr = true
        else if (chunk[at] === LF) at++
        cr = chunk.indexOf(CR, at)
      }
      if (lf >= 0 && lf < at) lf = chunk.indexOf(LF, at)
    }
    if (!this.#stopped && at < chunk.length && this.#grow(chunk.length - at))
      this.#pieces.push(Buffer.from(chunk.subarray(at)))
  }

  /** Nothing follows. @returns the beginning of an event that was not finished, as it would have been read; `''` for none */
  end(): string {
    const line = Buffer.concat(this.#pieces).toString('utf8')
    return this.#data === null ? line : `${this.#data}\n${line}`.trimEnd()
  }

  #lineEnd(chunk: Buffer, start: number, end: number): void {
    if (!this.#grow(end - start)) return
    if (this.#pieces.length === 0) return this.#line(chunk, start, end)
    this.#pieces.push(chunk.subarray(start, end))
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#line(whole, 0, whole.length)
  }

  #line(bytes: Buffer, from: number, end: number): void {
    let start = from
    if (this.#atStart) {
      this.#atStart = false
      if (end - start >= 3 && bytes.compare(BOM, 0, 3, start, start + 3) === 0) start += 3
    }
    if (start === end) return this.#dispatch()
    if (bytes[start] === COLON) {
      // Keep-alive comments may come for hours without an event: they must not add up.
      this.#size -= end - from
      return
    }
    // Nearly every line is `data: ...`: no search for its colon.
    const colon = isData(bytes, start, end) ? start + 4 : bytes.indexOf(COLON, start)
    const nameEnd = colon < 0 || colon > end ? end : colon
    let valueStart = Math.min(nameEnd + 1, end)
    if (valueStart < end && bytes[valueStart] === SPACE) valueStart++
    if (nameEnd === start + 4 && isData(bytes, start, end)) {
      const value = bytes.toString('utf8', valueStart, end)
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`
      return
    }
    const name = bytes.toString('utf8', start, nameEnd)
    if (name === 'event') this.#type = bytes.toString('utf8', valueStart, end) || 'message'
    else if (name !== 'id' && name !== 'retry') this.#handler.stray(bytes.toString('utf8', start, end))
  }

  #dispatch(): void {
    const data = this.#data
    const type = this.#type
    this.#data = null
    this.#type = 'message'
    this.#size = 0
    if (data !== null) this.#handler.event(data, type)
  }

  /** Counts bytes of the current event; false when there are too many. */
  #grow(bytes: number): boolean {
    this.#size += bytes
    if (this.#size <= this.#maxEventBytes) return true
    this.#stopped = true
    this.#pieces = []
    this.#handler.tooLong()
    return false
  }
}

/** Whether a line is the field `data`, with or without a value. */
function isData(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < DATA.length) return false
  for (let i = 0; i < DATA.length; i++) if (bytes[start + i] !== DATA[i]) return false
  return end - start === DATA.length || bytes[start + DATA.length] === COLON
}
