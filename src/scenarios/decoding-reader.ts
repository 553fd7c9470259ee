import type { RequestFailure } from '../domain/observation.ts'
import { failure } from './answer-check.ts'
import { codingsOf, type ContentEncoding, type Decoder, decoderOf } from './content-encoding.ts'
import type { ResponseHeaders, ResponseReader, ResponseResult } from './exchange.ts'

/**
 * The reader for an answer with these headers: the given one, or one that decodes what `content-encoding` names and
 * hands it on with the time at which the encoded bytes were read. Codings that are unknown here are handed on as they
 * are. A broken encoding is a `protocol` failure, unless the status is one already.
 */
export function decodedReader(reader: ResponseReader, headers: ResponseHeaders): ResponseReader {
  const header = headers['content-encoding']
  if (header === undefined) return reader
  const codings = codingsOf(header)
  return codings === null || codings.length === 0 ? reader : new DecodingReader(reader, codings)
}

class DecodingReader implements ResponseReader {
  readonly #reader: ResponseReader
  readonly #codings: readonly ContentEncoding[]
  readonly #decoders: readonly Decoder[]
  #broken: RequestFailure | null = null
  #readAt = 0

  constructor(reader: ResponseReader, codings: readonly ContentEncoding[]) {
    this.#reader = reader
    this.#codings = codings
    this.#decoders = codings.map(decoderOf)
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#reader.head(status, headers)
  }

  data(chunk: Buffer, atUs: number): void {
    this.#readAt = atUs
    this.#decode(() => this.#hand(this.#decoders.reduce((bytes, decoder) => decoder.push(bytes), chunk)))
  }

  end(trailers: ResponseHeaders): ResponseResult {
    this.#decode(() => {
      this.#decoders.forEach((decoder, i) =>
        this.#hand(this.#decoders.slice(i + 1).reduce((bytes, next) => next.push(bytes), decoder.end())),
      )
    })
    const result = this.#reader.end(trailers)
    return this.#broken === null || result.failure?.kind === 'http' ? result : { ...result, failure: this.#broken }
  }

  fail(cause: RequestFailure): ResponseResult {
    return this.#reader.fail(cause)
  }

  text(): string {
    return this.#reader.text()
  }

  visibleText(): string {
    return this.#reader.visibleText()
  }

  #hand(decoded: Buffer): void {
    if (decoded.length > 0) this.#reader.data(decoded, this.#readAt)
  }

  /** After the first mistake nothing more can be told. */
  #decode(work: () => void): void {
    if (this.#broken !== null) return
    try {
      work()
    } catch (error) {
      const coding = this.#codings.join(', ')
      const reason = (error as Error).message.replace(/^zlib: /, '')
      this.#broken = failure(
        'protocol',
        'content-encoding',
        `the body is not what content-encoding ${coding} says: ${reason}`,
      )
    }
  }
}
