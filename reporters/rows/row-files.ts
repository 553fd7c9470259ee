import type { MeasurementData } from '../../src/domain/measurement.ts'
import type { Written } from '../output-files.ts'
import { csvLines, ndjsonLines, SECOND_COLUMNS, secondRows, WATCHED_COLUMNS, watchedRows } from './second-rows.ts'

export interface RowFilesOptions {
  /** Absolute paths; `null` for none. */
  readonly csv: string | null
  readonly ndjson: string | null
  /** Makes a file of this text, with its directories, whatever was there. */
  readonly create: (path: string, text: string) => void
  readonly append: (path: string, text: string) => void
}

/**
 * Seconds and samples of the loads of a run. Each load is on disk as soon as it has ended: what ends the run early costs
 * nothing of it. A file that cannot be written is given up, and said once.
 */
export class RowFiles {
  readonly #options: RowFilesOptions
  /** Files of this run, and whether they can be written. */
  #begun = new Map<string, boolean>()
  #notes: string[] = []

  constructor(options: RowFilesOptions) {
    this.#options = options
  }

  /** A load has ended. */
  add(data: MeasurementData): void {
    const { csv, ndjson } = this.#options
    const seconds = csv === null && ndjson === null ? [] : secondRows(data)
    const samples = csv === null && ndjson === null ? [] : watchedRows(data)
    if (csv !== null) {
      this.#write('CSV', csv, `${SECOND_COLUMNS.join(',')}\r\n`, csvLines(SECOND_COLUMNS, seconds))
      if (samples.length > 0)
        this.#write('CSV', watchedPath(csv), `${WATCHED_COLUMNS.join(',')}\r\n`, csvLines(WATCHED_COLUMNS, samples))
    }
    if (ndjson !== null)
      this.#write('NDJSON', ndjson, '', ndjsonLines('second', seconds) + ndjsonLines('sample', samples))
  }

  /** What came of it; the next load begins the files of another run. */
  end(): Written {
    const written = { paths: [...this.#begun].flatMap(([path, good]) => (good ? [path] : [])), notes: this.#notes }
    this.#begun = new Map()
    this.#notes = []
    return written
  }

  #write(name: string, path: string, head: string, lines: string): void {
    const good = this.#begun.get(path)
    if (good === false) return
    try {
      if (good === undefined) this.#options.create(path, head + lines)
      else this.#options.append(path, lines)
      this.#begun.set(path, true)
    } catch (error) {
      this.#begun.set(path, false)
      this.#notes.push(`no ${name}: ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** `loads.csv` -> `loads-watched.csv`. */
function watchedPath(path: string): string {
  const dot = path.lastIndexOf('.')
  return dot > Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1
    ? `${path.slice(0, dot)}-watched${path.slice(dot)}`
    : `${path}-watched`
}
