import { constants, readFileSync } from 'node:fs'
import { link, open, readFile, rename, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from '../domain/load-error.ts'

const POLL_MS = 200

/** Who holds the machine. */
export interface LockOwner {
  readonly pid: number
  /** Tells a process from a later one with the same pid; `null` where the platform does not give it. */
  readonly processStart: string | null
  readonly project: string
  readonly since: string
  /** Distinguishes two holdings of one process. */
  readonly token: string
}

/**
 * The machine-wide mutex: one load at a time, over all Vitest processes. A file with the owner's pid; an owner that no
 * longer lives is stale and is replaced.
 */
export class MachineLock {
  readonly #path: string
  readonly #project: string

  constructor(path: string, project: string) {
    this.#path = path
    this.#project = project
  }

  /**
   * Waits for the machine.
   * @param waiting is told whom it waits for, once per owner
   * @returns the release; safe to call twice
   */
  async acquire(token: string, waiting: (owner: LockOwner) => void, signal: AbortSignal): Promise<() => Promise<void>> {
    const mine: LockOwner = {
      pid: process.pid,
      processStart: processStart(process.pid),
      project: this.#project,
      since: new Date().toISOString(),
      token,
    }
    let told = ''
    for (;;) {
      signal.throwIfAborted()
      if (await this.#create(mine)) return () => this.#release(mine)
      const owner = await this.#owner()
      if (owner === 'none') continue
      if (owner === 'unreadable' || !isAlive(owner)) {
        // Its owner is dead, so nobody runs a load: a file that cannot be removed (another user's) is no reason to wait.
        if (await this.#takeAway(owner)) continue
        return () => Promise.resolve()
      }
      if (told !== owner.token) {
        told = owner.token
        waiting(owner)
      }
      await sleep(POLL_MS, undefined, { signal })
    }
  }

  /** Creates the complete file in one step, so that nobody reads half an owner. */
  async #create(owner: LockOwner): Promise<boolean> {
    const draft = `${this.#path}.${owner.pid}.${owner.token}`
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new LoadError('load-aborted', `cannot write the lock that keeps loads apart: ${cause.message}`, {
          hint: 'let TMPDIR name a directory that can be written',
          cause,
        })
      },
    )
    try {
      await file.writeFile(JSON.stringify(owner))
    } finally {
      await file.close()
    }
    try {
      await link(draft, this.#path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    } finally {
      await unlink(draft)
    }
  }

  async #owner(): Promise<LockOwner | 'none' | 'unreadable'> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as LockOwner
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : 'unreadable'
    }
  }

  /**
   * Removes a stale file, unless it has changed hands since it was read: then the new owner's file goes back.
   * @returns false when this process may not remove it
   */
  async #takeAway(stale: LockOwner | 'unreadable'): Promise<boolean> {
    const aside = `${this.#path}.stale.${process.pid}`
    try {
      await rename(this.#path, aside)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
    const taken = await readFile(aside, 'utf8').then(
      (text) => text,
      () => '',
    )
    if (stale !== 'unreadable' && taken !== JSON.stringify(stale)) await link(aside, this.#path).catch(() => undefined)
    await unlink(aside).catch(() => undefined)
    return true
  }

  async #release(mine: LockOwner): Promise<void> {
    const owner = await this.#owner()
    if (typeof owner === 'object' && owner.token === mine.token) await unlink(this.#path).catch(() => undefined)
  }
}

function isAlive(owner: LockOwner): boolean {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const start = processStart(owner.pid)
  return start === null || owner.processStart === null || start === owner.processStart
}

/** Start time of a process in clock ticks since boot (Linux: field 22 of /proc/pid/stat); `null` elsewhere. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
