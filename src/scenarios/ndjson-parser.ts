import { MAX_EVENT_BYTES, type SseHandler } from './sse-parser.ts'

const LF = 10

/**
 * Splits a byte stream into lines of JSON. Pieces may be cut anywhere, also inside a character: lines are cut as bytes and
 * decoded whole. Empty lines are skipped; the last line need not have an end.
 * @see https://github.com/ndjson/ndjson-spec
 */
export class NdjsonParser {
  readonly #handler: Pick<SseHandler, 'event' | 'tooLong'>
  readonly #maxLineBytes: number
  /** Copies of the pieces of an unfinished line: the buffers handed in are only valid during the call. */
  #pieces: Buffer[] = []
  /** Bytes of the unfinished line. */
  #size = 0
  #stopped = false

  constructor(handler: Pick<SseHandler, 'event' | 'tooLong'>, maxLineBytes: number = MAX_EVENT_BYTES) {
    this.#handler = handler
    this.#maxLineBytes = maxLineBytes
  }

  push(chunk: Buffer): void {
    let at = 0
    for (let end = chunk.indexOf(LF); end >= 0 && !this.#stopped; end = chunk.indexOf(LF, at)) {
      if (this.#grow(end - at)) this.#line(chunk.subarray(at, end))
      at = end + 1
    }
    if (!this.#stopped && at < chunk.length && this.#grow(chunk.length - at))
      this.#pieces.push(Buffer.from(chunk.subarray(at)))
  }

  /** Nothing follows. @returns what is left over, which is nothing: a last line without an end is a line */
  end(): string {
    if (!this.#stopped) this.#line(Buffer.alloc(0))
    return ''
  }

  #line(last: Buffer): void {
    const bytes = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#size = 0
    const text = bytes.toString('utf8').trim()
    if (text !== '') this.#handler.event(text, 'message')
  }

  #grow(bytes: number): boolean {
    this.#size += bytes
    if (this.#size <= this.#maxLineBytes) return true
    this.#stopped = true
    this.#pieces = []
    this.#handler.tooLong()
    return false
  }
}
