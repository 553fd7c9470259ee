import { durationUs } from '../domain/quantity.ts'
import { runLine } from './run-line.ts'
import { commandLine } from './server-process.ts'
import type { RunCommand } from './without-server.ts'

const DEFAULT_TIMEOUT_US = 300e6

/** Runs commands in process groups of their own that end with the test. */
export function commandRunner(supervisorEntry: URL): RunCommand {
  return (command, options, signal) => {
    const {
      cwd = process.cwd(),
      env = {},
      timeout,
    } = options as { cwd?: string; env?: Record<string, string>; timeout?: never }
    const withinUs = durationUs(timeout) ?? DEFAULT_TIMEOUT_US
    const line = { line: commandLine(command), cwd, env, withinUs, caller: 'withoutServer()' }
    return runLine(line, signal, supervisorEntry)
  }
}
