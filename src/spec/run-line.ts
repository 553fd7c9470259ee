import { LoadError } from '../domain/load-error.ts'
import { SupervisedProcess } from './supervised-process.ts'

const LOOK_MS = 1000

/** A command line and how it is run. */
export interface Line {
  readonly line: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly withinUs: number
  /** Who runs it, for errors: `withoutServer()`. */
  readonly caller: string
}

/**
 * Runs a command in a process group of its own that ends with the test, and returns its last output.
 * @throws LoadError `server-failed` with that output when it fails or takes too long
 */
export async function runLine(
  { line, cwd, env, withinUs, caller }: Line,
  signal: AbortSignal,
  supervisorEntry: URL,
): Promise<string> {
  const supervised = new SupervisedProcess(line, cwd, env, supervisorEntry)
  const deadline = performance.now() + withinUs / 1e3
  try {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    while (supervised.exited === null && !signal.aborted && performance.now() < deadline)
      await Promise.race([supervised.heard(LOOK_MS), aborted])
  } finally {
    await supervised.stop()
  }
  const { exited, output } = supervised
  if (exited === 'exit code 0' || signal.aborted) return output
  const what = performance.now() >= deadline ? `ran longer than ${withinUs / 1e6} s` : `ended with ${exited}`
  throw new LoadError('server-failed', `${caller}: the command ${what}: ${line}\n${output.trimEnd()}`)
}
