import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MemorySample } from '../domain/measurement.ts'

/**
 * Watches the resident memory of a process and its descendants through `/proc` (Linux). Processes may come and go at any
 * time; a later process with the same pid is not taken for the watched one. Pages that processes share count once for
 * each, as in `ps` and `top`.
 */
export class ProcessMemory {
  readonly pid: number
  readonly #proc: string
  readonly #start: string | null

  /** @param proc where the file system of processes is @default '/proc' */
  constructor(pid: number, proc: string = '/proc') {
    this.pid = pid
    this.#proc = proc
    this.#start = this.#startOf(pid)
  }

  /** Why there will be no samples, or not of all processes, in a sentence; `null` when all is well. */
  get obstacle(): string | null {
    if (!isReadable(join(this.#proc, 'self', 'status')))
      return `the memory of processes cannot be read on ${process.platform}: n/a`
    if (this.#start === null) return `there is no process ${this.pid} on this machine: n/a`
    if (!isReadable(join(this.#proc, String(this.pid), 'task', String(this.pid), 'children')))
      return `this kernel does not tell the children of process ${this.pid}: its own memory alone is measured`
    return null
  }

  /** A few small files for each process: some tenths of a millisecond. `null` when the process is not there. */
  read(): Omit<MemorySample, 'second'> | null {
    if (this.#start === null || this.#startOf(this.pid) !== this.#start) return null
    const sizes = this.#tree(this.pid).flatMap((pid) => this.#residentBytes(pid) ?? [])
    if (sizes.length === 0) return null
    return { rssBytes: sizes.reduce((sum, size) => sum + size, 0), processes: sizes.length }
  }

  #tree(pid: number): number[] {
    const threads = namesIn(join(this.#proc, String(pid), 'task'))
    const children = threads.flatMap((thread) => this.#childrenOf(pid, thread))
    return [pid, ...children.flatMap((child) => this.#tree(child))]
  }

  /** A child belongs to the thread that forked it. */
  #childrenOf(pid: number, thread: string): number[] {
    const text = textOf(join(this.#proc, String(pid), 'task', thread, 'children')) ?? ''
    return text.split(' ').filter(Boolean).map(Number)
  }

  /** `null` for a process that has ended; a zombie holds no memory. */
  #residentBytes(pid: number): number | null {
    const status = textOf(join(this.#proc, String(pid), 'status'))
    const kibibytes = status === null ? undefined : /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  }

  /** Field 22 of `/proc/pid/stat`. */
  #startOf(pid: number): string | null {
    const stat = textOf(join(this.#proc, String(pid), 'stat'))
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  }
}

function isReadable(path: string): boolean {
  return textOf(path) !== null
}

/** `null` where there is no such file, or no longer. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
