import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'

/** Signals after which a process is usually gone. */
const ENDING: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGSEGV', 'SIGBUS'])
/** A process may take its time over a signal that it can catch, or stay. */
const CAUGHT_WITHIN_MS = 1000
/** The kernel ends a killed process as soon as it leaves a system call. */
const KILLED_WITHIN_MS = 10_000
const POLL_MS = 5

/** How long to wait for the end of a process that got this signal, milliseconds; 0 when it is not meant to end. */
export function endsWithinMs(signal: NodeJS.Signals): number {
  if (signal === 'SIGKILL') return KILLED_WITHIN_MS
  return ENDING.has(signal) ? CAUGHT_WITHIN_MS : 0
}

/** @throws LoadError `invalid-option` when this platform has no such signal */
export function requireSignal(signal: unknown): NodeJS.Signals {
  const known: readonly string[] =
    process.platform === 'win32' ? ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT'] : Object.keys(constants.signals)
  if (typeof signal === 'string' && known.includes(signal)) return signal as NodeJS.Signals
  throw new LoadError('invalid-option', `kill(target, signal): got ${describe(signal)}, takes the name of a signal`, {
    hint: process.platform === 'win32' ? `on Windows these are ${known.join(', ')}` : "such as 'SIGKILL' or 'SIGSTOP'",
  })
}

/**
 * Sends a signal to a process that the caller answers for.
 * @returns whether it is gone; signals that end a process are waited for, those that it may catch for a second
 * @throws LoadError `invalid-option` for a number that names no single other process, `server-failed` when there is none
 */
export async function signalProcess(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid || pid === process.ppid) {
    throw new LoadError(
      'invalid-option',
      `kill(pid): got ${describe(pid)}, takes the id of a process other than the test's own, or a server()`,
    )
  }
  try {
    process.kill(pid, signal)
  } catch (cause) {
    throw new LoadError('server-failed', `kill(${pid}, '${signal}'): ${(cause as Error).message}`, { cause })
  }
  const deadline = performance.now() + endsWithinMs(signal)
  while (performance.now() < deadline) {
    await sleep(POLL_MS)
    if (!processExists(pid)) return true
  }
  return false
}

/** Whether a process of this id lives, whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
