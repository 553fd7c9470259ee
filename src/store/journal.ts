import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LoadLeg } from '../domain/load-leg.ts'
import type { JournalReport, LoadJournal } from '../pool/ports.ts'
import { draftPath, makeDirectory, reasonOf } from './atomic-file.ts'
import { safeName } from './digest.ts'
import { type JournalHead, legLine } from './journal-entry.ts'

/**
 * A journal is written anew when what was appended is this long and twice as long as what was written at once: it stays
 * within three times what it holds (a day: 4 MB of seconds), and writing a day's load takes under a minute of processor.
 */
const APPENDED_BYTES = 1024 * 1024

/** Where the journal of a load is kept. */
export function journalPath(directory: string, loadId: string): string {
  return join(directory, `${safeName(loadId)}.ndjson`)
}

/**
 * Writes `<directory>/<load>.ndjson`: a head line, a line with all that was measured before, then a line for each report.
 * Every line is with the operating system before `append` returns, so that killing this process loses nothing that a
 * generator had reported; writes are synchronous because they are few, small, and in a process that serves no request.
 *
 * Never throws: after the first failure it says so once and keeps nothing more.
 */
export class JournalFile implements LoadJournal {
  readonly #path: string
  readonly #head: JournalHead
  readonly #leg: () => LoadLeg
  readonly #note: (message: string) => void
  /** `null` when closed or given up. */
  #file: number | null = null
  #writtenBytes = 0
  #appendedBytes = 0

  /** @param leg all that was measured so far, the last report included */
  constructor(directory: string, head: JournalHead, leg: () => LoadLeg, note: (message: string) => void) {
    this.#path = journalPath(directory, head.loadId)
    this.#head = head
    this.#leg = leg
    this.#note = note
    this.#guard(() => {
      makeDirectory(directory)
      this.#rewrite()
    })
  }

  /** False when the disk refused it. */
  get isOpen(): boolean {
    return this.#file !== null
  }

  append(report: JournalReport): void {
    if (this.#file === null) return
    this.#guard(() => {
      if (this.#appendedBytes < Math.max(APPENDED_BYTES, 2 * this.#writtenBytes))
        this.#writeLine(JSON.stringify(report))
      else this.#rewrite()
    })
  }

  close(): void {
    const file = this.#file
    this.#file = null
    try {
      if (file !== null) closeSync(file)
    } catch {
      // Its lines are written; what is still in doubt is a matter of the file system.
    }
  }

  #writeLine(text: string): void {
    const line = Buffer.from(`${text}\n`)
    if (writeSync(this.#file!, line) < line.length) throw new Error('the disk is full')
    this.#appendedBytes += line.length
  }

  /** Puts the whole journal in the place of the old one: others see either, never half of one. */
  #rewrite(): void {
    const text = `${JSON.stringify(this.#head)}\n${legLine(this.#leg())}\n`
    const draft = draftPath(this.#path)
    try {
      writeFileSync(draft, text, { flag: 'wx' })
      if (this.#file !== null) closeSync(this.#file)
      this.#file = null
      renameSync(draft, this.#path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    this.#file = openSync(this.#path, 'a')
    this.#writtenBytes = text.length
    this.#appendedBytes = 0
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
