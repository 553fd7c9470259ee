import { spawn } from 'node:child_process'
import { nowUs } from '../domain/shared-clock.ts'

/*
 * Entry of a small process between a spec and the server that it starts. The server runs in a process group of its own;
 * when the spec's process goes away, however it ends, the channel closes and the whole group is ended. Without it,
 * `kill -9` of Vitest would leave the server behind.
 */

/** Spec -> supervisor: first what to start, then signals for its process group. */
export type SuperviseCommand =
  | {
      readonly kind: 'start'
      readonly command: string
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
    }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }

/** Supervisor -> spec. */
export type SuperviseReport =
  /** Times are absolute microseconds of the monotonic clock that all processes of a machine share. */
  | { readonly kind: 'started'; readonly pid: number; readonly atUs: number }
  | { readonly kind: 'output'; readonly text: string; readonly atUs: number }
  /** A signal was handed to the process group, which was running. */
  | { readonly kind: 'signalled' }
  | { readonly kind: 'exited'; readonly reason: string }

const KILL_AFTER_MS = 1000
const WINDOWS = process.platform === 'win32'

process.once('message', (message) => supervise(message as SuperviseCommand))
// Ctrl-C reaches the whole foreground group; the end is decided by the channel alone.
process.on('SIGINT', () => undefined)

function supervise(order: SuperviseCommand): void {
  if (order.kind !== 'start') return
  const { command, cwd, env } = order
  const startedUs = nowUs()
  const child = spawn(command, { cwd, env, shell: true, detached: !WINDOWS, stdio: ['ignore', 'pipe', 'pipe'] })
  const report = (what: SuperviseReport): void => {
    if (process.connected) process.send?.(what, () => undefined)
  }
  const output = (text: string): void => report({ kind: 'output', text, atUs: nowUs() })
  child.stdout.setEncoding('utf8').on('data', output)
  child.stderr.setEncoding('utf8').on('data', output)
  child.once('spawn', () => report({ kind: 'started', pid: child.pid!, atUs: startedUs }))
  child.once('error', (error) => {
    report({ kind: 'exited', reason: error.message })
    leave()
  })
  child.once('close', (code, signal) => {
    report({ kind: 'exited', reason: signal === null ? `exit code ${code}` : `signal ${signal}` })
    signalGroup('SIGKILL')
    leave()
  })
  const stop = (): void => {
    signalGroup('SIGTERM')
    setTimeout(() => {
      signalGroup('SIGKILL')
      process.exit(0)
    }, KILL_AFTER_MS)
  }
  process.on('message', (message) => {
    const next = message as SuperviseCommand
    if (next.kind !== 'signal' || child.exitCode !== null || child.signalCode !== null) return
    signalGroup(next.signal)
    report({ kind: 'signalled' })
  })
  process.once('disconnect', stop)
  process.once('SIGTERM', stop)

  function signalGroup(signal: NodeJS.Signals): void {
    if (child.pid === undefined) return
    try {
      if (WINDOWS) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
      else process.kill(-child.pid, signal)
    } catch {
      // The group has gone already.
    }
  }
}

/** Exits once pending reports are out. */
function leave(): void {
  process.removeAllListeners('disconnect')
  if (process.connected) process.disconnect()
  setImmediate(() => process.exit(0))
}
