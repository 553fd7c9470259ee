import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { digest } from './digest.ts'

/** Names a process so that a later one with the same pid, or one of another container, is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot at which it started; `null` where the platform does not tell. */
  readonly start: string | null
  /** Where pids mean the same: host and, on Linux, pid namespace. */
  readonly place: string
}

/** The identity of a process of this machine. */
export function processIdentity(pid: number): ProcessIdentity {
  return { pid, start: readStat(pid)?.start ?? null, place: `${digest(hostname(), 8)}:${pidNamespace()}` }
}

/**
 * Whether the process still runs; `null` when it cannot be seen from here, because it ran on another host or in
 * another container.
 */
export function isAlive(identity: ProcessIdentity): boolean | null {
  if (identity.place !== processIdentity(process.pid).place) return null
  const stat = readStat(identity.pid)
  // A zombie has ended; only its parent has not looked yet.
  if (stat !== null) return !'ZX'.includes(stat.state) && (identity.start === null || identity.start === stat.start)
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** State and start time (fields 3 and 22 of `/proc/pid/stat`); `null` where there is no such file. */
function readStat(pid: number): { state: string; start: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, start: fields[19]! }
  } catch {
    return null
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
