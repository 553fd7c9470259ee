import { LoadError } from '../domain/load-error.ts'
import { durationUs } from '../domain/quantity.ts'
import { commandLine } from './server-process.ts'
import { SupervisedProcess } from './supervised-process.ts'
import type { RunCommand } from './without-server.ts'

const DEFAULT_TIMEOUT_US = 300e6
const LOOK_MS = 1000

/** Runs commands in process groups of their own that end with the test. */
export function commandRunner(supervisorEntry: URL): RunCommand {
  return async (command, options, signal) => {
    const {
      cwd = process.cwd(),
      env = {},
      timeout,
    } = options as { cwd?: string; env?: Record<string, string>; timeout?: never }
    const line = commandLine(command)
    const withinUs = durationUs(timeout) ?? DEFAULT_TIMEOUT_US
    const supervised = new SupervisedProcess(line, cwd, env, supervisorEntry)
    const deadline = performance.now() + withinUs / 1e3
    try {
      while (supervised.exited === null && !signal.aborted && performance.now() < deadline)
        await supervised.heard(LOOK_MS)
    } finally {
      await supervised.stop()
    }
    const { exited, output } = supervised
    if (exited === 'exit code 0' || signal.aborted) return output
    const what = performance.now() >= deadline ? `ran longer than ${withinUs / 1e6} s` : `ended with ${exited}`
    throw new LoadError('server-failed', `withoutServer(): the command ${what}: ${line}\n${output.trimEnd()}`)
  }
}
