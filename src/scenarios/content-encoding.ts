import zlib from 'node:zlib'
import { BrotliDecompress, Gunzip, Inflate, InflateRaw, ZstdDecompress, constants } from 'minizlib'

/** Codings of `content-encoding` that can be asked for; zstd only where Node has it (22.15 and later). */
export type ContentEncoding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** Takes encoded bytes piece by piece, cut anywhere, and gives what they stand for in the same call. */
export interface Decoder {
  /** @returns what can be told by now @throws Error when the bytes are malformed */
  push(chunk: Buffer): Buffer
  /** @returns the rest @throws Error when the end is missing */
  end(): Buffer
}

type ZlibStream = Gunzip | Inflate | InflateRaw | BrotliDecompress | ZstdDecompress

// What has arrived is given out at once, not when a block is full: tokens of a stream keep their times.
const INFLATE = { flush: constants.Z_SYNC_FLUSH! }
const DECODERS: Readonly<Record<ContentEncoding, (first: number) => ZlibStream>> = {
  gzip: () => new Gunzip(INFLATE),
  // Some servers send the bare format, without zlib's header, which the standard asks for.
  deflate: (first) => ((first & 0x0f) === 8 ? new Inflate(INFLATE) : new InflateRaw(INFLATE)),
  br: () => new BrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH! }),
  zstd: () => new ZstdDecompress({ flush: constants.ZSTD_e_flush! }),
}

/** True for a coding that this process can decode. */
export function isSupported(coding: unknown): coding is ContentEncoding {
  if (coding === 'zstd') return 'createZstdDecompress' in zlib
  return typeof coding === 'string' && Object.hasOwn(DECODERS, coding)
}

/**
 * The codings of a `content-encoding` header, the last applied first; empty for a plain body.
 * @returns `null` when one of them is unknown here
 */
export function codingsOf(header: string | string[] | undefined): readonly ContentEncoding[] | null {
  if (header === undefined) return []
  const names = String(header)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-gzip$/, 'gzip'))
    .filter((name) => name !== '' && name !== 'identity')
  return names.every(isSupported) ? names.reverse() : null
}

/** A decoder of one coding. Decoding is synchronous: a piece gets the time at which its bytes were read. */
export function decoderOf(coding: ContentEncoding): Decoder {
  let stream: ZlibStream | null = null
  let pieces: Buffer[] = []
  let error: unknown = null
  const taken = (): Buffer => {
    if (error !== null) throw error
    const decoded = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    pieces = []
    return decoded
  }
  const opened = (first: number): ZlibStream => {
    const opening = DECODERS[coding](first)
    opening.on('data', (piece) => pieces.push(piece))
    opening.on('error', (cause) => (error ??= cause))
    return opening
  }
  return {
    push(chunk) {
      if (chunk.length === 0) return chunk
      stream ??= opened(chunk[0]!)
      // The stream may keep what it is given, and the transport writes over it.
      stream.write(Buffer.from(chunk))
      return taken()
    },
    end() {
      // Without a body (HEAD, 204, 304) there is nothing to miss.
      stream?.end()
      return taken()
    },
  }
}
