import { closeSync, openSync, readSync } from 'node:fs'
import { AudioLength } from './audio/audio-length.ts'

const PIECE_BYTES = 256 * 1024

/**
 * Length of the audio in a file in microseconds, by its bytes; `null` when its container is not known, or it is broken.
 * @throws Error of the file system
 */
export function audioFileUs(path: string): number | null {
  const length = new AudioLength()
  const piece = Buffer.alloc(PIECE_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let bytes = readSync(file, piece); bytes > 0; bytes = readSync(file, piece))
      length.push(piece.subarray(0, bytes))
  } finally {
    closeSync(file)
  }
  return length.end() === null ? length.audioUs : null
}
