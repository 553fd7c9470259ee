import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { LoadError } from '../domain/load-error.ts'
import { StreamedBody } from './exchange.ts'

/** Larger files are read from disk for every request instead of being kept in memory. */
const LARGEST_KEPT_BYTES = 16 * 1024 * 1024
/** Most bytes of files that one process keeps. */
const MOST_KEPT_BYTES = 256 * 1024 * 1024
/** How much of each file tells two workloads apart, beside its size. */
const DIGESTED_BYTES = 64 * 1024

/** Where bodies get their files from. */
export interface UploadFiles {
  /** @throws LoadError `invalid-option` when there is no such file */
  read(where: string, path: string): Buffer | StreamedBody
}

/** Files as requests send them: each is read once and shared, large ones are streamed. */
export class KeptFiles implements UploadFiles {
  readonly #known = new Map<string, Buffer | StreamedBody>()
  #keptBytes = 0

  read(where: string, path: string): Buffer | StreamedBody {
    let file = this.#known.get(path)
    if (file === undefined)
      this.#known.set(path, (file = opened(where, path, (fd, size) => this.#load(fd, path, size))))
    return file
  }

  #load(fd: number, path: string, size: number): Buffer | StreamedBody {
    if (size > LARGEST_KEPT_BYTES || (size > 0 && this.#keptBytes + size > MOST_KEPT_BYTES)) {
      // One byte less than its end: a file that grows meanwhile would not fit its content-length.
      return new StreamedBody(size, () => createReadStream(path, { end: size - 1 }))
    }
    this.#keptBytes += size
    return readFileSync(fd)
  }
}

/** Looks whether files are there, without keeping them, and sums up what is in them. */
export class CheckedFiles implements UploadFiles {
  readonly #hash = createHash('sha256')
  readonly #seen = new Set<string>()

  read(where: string, path: string): Buffer {
    if (!this.#seen.has(path)) {
      this.#seen.add(path)
      opened(where, path, (fd, size) => {
        const head = Buffer.alloc(Math.min(size, DIGESTED_BYTES))
        readSync(fd, head, 0, head.length, 0)
        this.#hash.update(`${size}:`).update(head)
      })
    }
    return Buffer.alloc(0)
  }

  /** Of sizes and beginnings of the files, in the order in which they were asked for; never of where they lie. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 32)
  }
}

function opened<Result>(where: string, path: string, use: (fd: number, size: number) => Result): Result {
  let fd: number | null = null
  try {
    fd = openSync(path, 'r')
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new LoadError('invalid-option', `${where}: not a file: ${path}`)
    return use(fd, stats.size)
  } catch (cause) {
    if (cause instanceof LoadError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new LoadError(
      'invalid-option',
      code === 'ENOENT' ? `${where}: no such file: ${path}` : `${where}: cannot read ${path} (${code})`,
      {
        hint: "a path is relative to the working directory; new URL('./voice.wav', import.meta.url) to the spec",
        cause,
      },
    )
  } finally {
    if (fd !== null) closeSync(fd)
  }
}
