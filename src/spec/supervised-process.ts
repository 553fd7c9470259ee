import { type ChildProcess, fork } from 'node:child_process'
import { LoadError } from '../domain/load-error.ts'
import { endsWithinMs } from './process-signal.ts'
import type { SuperviseCommand, SuperviseReport } from './server-supervisor.ts'

const KEPT_OUTPUT = 16_384
/** The supervisor does nothing but this. */
const SIGNALLED_WITHIN_MS = 2000

/** A command in a process group of its own that ends with the spec, seen through its supervisor. */
export class SupervisedProcess {
  readonly #command: string
  readonly #supervisor: ChildProcess
  readonly #waiting = new Set<() => void>()
  #output = ''
  #exited: string | null = null
  #pid: number | null = null
  #startedUs: number | null = null
  #outputUs: number | null = null
  #signalled = 0

  constructor(command: string, cwd: string, env: Readonly<Record<string, string>>, supervisorEntry: URL) {
    this.#command = command
    this.#supervisor = fork(supervisorEntry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
    this.#supervisor.on('message', (message) => this.#hear(message as SuperviseReport))
    this.#supervisor.once('exit', () => {
      this.#exited ??= 'its supervisor ended'
      this.#wake()
    })
    this.#send({ kind: 'start', command, cwd, env: { ...(process.env as Record<string, string>), ...env } })
  }

  /** The last 16 KiB that it printed. */
  get output(): string {
    return this.#output
  }

  /** How it ended; `null` while it runs. */
  get exited(): string | null {
    return this.#exited
  }

  /** Of the command (its shell); `null` until it has been started. */
  get pid(): number | null {
    return this.#pid
  }

  /** When it was started, in absolute microseconds; `null` until it has been. */
  get startedUs(): number | null {
    return this.#startedUs
  }

  /** When it printed last, in absolute microseconds; `null` when it has not. */
  get outputUs(): number | null {
    return this.#outputUs
  }

  /** Resolves when it is heard of again, or after this time. */
  async heard(withinMs: number): Promise<void> {
    let heard = false
    const wake = (): void => void (heard = true)
    this.#waiting.add(wake)
    await this.#until(() => heard, withinMs)
    this.#waiting.delete(wake)
  }

  /**
   * Sends a signal to the whole group and waits for its end when the signal is meant to bring it.
   * @returns whether it is gone
   * @throws LoadError `server-failed` when it does not run
   */
  async kill(signal: NodeJS.Signals): Promise<boolean> {
    if (this.#exited !== null) {
      throw new LoadError(
        'server-failed',
        `kill(server, '${signal}'): it does not run (${this.#exited}): ${this.#command}`,
      )
    }
    const before = this.#signalled
    this.#send({ kind: 'signal', signal })
    await this.#until(() => this.#signalled > before, SIGNALLED_WITHIN_MS)
    await this.#until(() => false, endsWithinMs(signal))
    return this.#exited !== null
  }

  /** SIGTERM, a second later SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    const supervisor = this.#supervisor
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) return
    const exited = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()))
    supervisor.kill('SIGTERM')
    if (supervisor.connected) supervisor.disconnect()
    await exited
  }

  #hear(report: SuperviseReport): void {
    if (report.kind === 'output') {
      this.#output = (this.#output + report.text).slice(-KEPT_OUTPUT)
      this.#outputUs = report.atUs
    } else if (report.kind === 'started') {
      this.#pid = report.pid
      this.#startedUs = report.atUs
    } else if (report.kind === 'signalled') this.#signalled++
    else this.#exited = report.reason
    this.#wake()
  }

  #send(command: SuperviseCommand): void {
    if (this.#supervisor.connected) this.#supervisor.send(command, () => undefined)
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolves when the condition holds, the process has gone, or the time is up. */
  async #until(condition: () => boolean, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    while (this.#exited === null && !condition() && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, deadline - performance.now())
        this.#waiting.add(wake)
      })
    }
  }
}
