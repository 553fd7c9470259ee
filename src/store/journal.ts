import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LoadJournal } from '../pool/ports.ts'
import type { GeneratorDelta } from '../pool/protocol.ts'
import { draftPath, makeDirectory, reasonOf } from './atomic-file.ts'
import { safeName } from './digest.ts'
import { entryOf, type JournalEntry, type JournalHead, mergeEntries } from './journal-entry.ts'

/** Lines after which a journal is written anew with one merged line: a day's load stays as small as a minute's. */
const LINES_BEFORE_MERGE = 100

/** Where the journal of a load is kept. */
export function journalPath(directory: string, loadId: string): string {
  return join(directory, `${safeName(loadId)}.ndjson`)
}

/**
 * Writes `<directory>/<load>.ndjson`: a head line, then a line for each delta. Every line is with the operating system
 * before `append` returns, so that killing this process loses nothing that a generator had reported; writes are
 * synchronous because they are few, small, and in a process that serves no request.
 *
 * Never throws: after the first failure it says so once and keeps nothing more.
 */
export class JournalFile implements LoadJournal {
  readonly #path: string
  readonly #head: JournalHead
  readonly #note: (message: string) => void
  /** `null` when closed or given up. */
  #file: number | null = null
  #entries: JournalEntry[] = []

  constructor(directory: string, head: JournalHead, note: (message: string) => void) {
    this.#path = journalPath(directory, head.loadId)
    this.#head = head
    this.#note = note
    this.#guard(() => {
      makeDirectory(directory)
      this.#rewrite()
    })
  }

  append(delta: GeneratorDelta): void {
    if (this.#file === null) return
    this.#guard(() => {
      const entry = entryOf(delta)
      this.#entries.push(entry)
      if (this.#entries.length < LINES_BEFORE_MERGE) this.#writeLine(entry)
      else this.#rewrite()
    })
  }

  close(): void {
    const file = this.#file
    this.#file = null
    this.#entries = []
    try {
      if (file !== null) closeSync(file)
    } catch {
      // Its lines are written; what is still in doubt is a matter of the file system.
    }
  }

  #writeLine(entry: JournalEntry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`)
    if (writeSync(this.#file!, line) < line.length) throw new Error('the disk is full')
  }

  /** Puts the whole journal, merged, in the place of the old one: others see either, never half of one. */
  #rewrite(): void {
    if (this.#entries.length > 0) this.#entries = [mergeEntries(this.#entries)]
    const lines = [this.#head, ...this.#entries].map((line) => `${JSON.stringify(line)}\n`)
    const draft = draftPath(this.#path)
    try {
      writeFileSync(draft, lines.join(''), { flag: 'wx' })
      if (this.#file !== null) closeSync(this.#file)
      this.#file = null
      renameSync(draft, this.#path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    this.#file = openSync(this.#path, 'a')
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.close()
      this.#note(
        `journal: cannot write ${dirname(this.#path)}: ${reasonOf(error)}; ` +
          'the load goes on, but a crash would lose its numbers',
      )
    }
  }
}
