import { join } from 'node:path'
import { kibibytesOf, textOf } from './proc-file.ts'

/** One process at one time, as Linux tells it. Counters with children are those of ended children that were waited for. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Ticks from the machine's start to the process's: tells two processes of one pid apart. */
  readonly start: number
  readonly own: ProcessCounters
  readonly withChildren: ProcessCounters
  readonly threads: number
  /** It has ended, and nobody has waited for it yet. */
  readonly ended: boolean
}

/** What only grows while a process lives. */
export interface ProcessCounters {
  readonly cpuTicks: number
  readonly majorFaults: number
}

/** USER_HZ, which is 100 on every Linux that Node runs on. @see man 2 times, man 5 proc */
export const TICKS_PER_SECOND = 100

/** `null` when there is no such process. @see man 5 proc_pid_stat */
export function processStat(proc: string, pid: number): ProcessStat | null {
  const text = textOf(join(proc, String(pid), 'stat'))
  if (text === null) return null
  // The second field is the command in parentheses and may itself hold spaces and parentheses: field 3 is the first here.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  const own = { cpuTicks: field(14) + field(15), majorFaults: field(12) }
  return {
    pid,
    parent: field(4),
    start: field(22),
    own,
    withChildren: { cpuTicks: own.cpuTicks + field(16) + field(17), majorFaults: own.majorFaults + field(13) },
    threads: field(20),
    ended: fields[0] === 'Z' || fields[0] === 'X',
  }
}

/** `null` for a process that has ended; a zombie holds no memory. */
export function residentBytes(proc: string, pid: number): number | null {
  const status = textOf(join(proc, String(pid), 'status'))
  return status === null ? null : kibibytesOf(status, 'VmRSS')
}

/** Walks all pages of the process: milliseconds for each gigabyte. `null` for processes of others. */
export function proportionalBytes(proc: string, pid: number): number | null {
  const rollup = textOf(join(proc, String(pid), 'smaps_rollup'))
  return rollup === null ? null : kibibytesOf(rollup, 'Pss')
}
