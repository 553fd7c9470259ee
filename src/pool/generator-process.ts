import { type ChildProcess, fork } from 'node:child_process'
import { killOnExit } from './exit-hook.ts'
import type { GeneratorCommand, GeneratorReport } from './protocol.ts'

/**
 * Node's options of a generator. Collecting garbage on its one thread: helpers would wait for the core on which the
 * generator or the target runs, and the longest pauses were half again as long (`npm run bench:accuracy`).
 */
export const GENERATOR_OPTIONS: readonly string[] = ['--enable-source-maps', '--single-threaded-gc']

/** How long a generator may take to leave after SIGTERM. */
const KILL_AFTER_MS = 300

/** What a generator's process tells its owner. */
export interface GeneratorListener {
  report(report: GeneratorReport): void
  /** Text on the generator's stdout or stderr: what a scenario module prints. */
  output(text: string): void
  /** The process has gone, expected or not. */
  exited(reason: string): void
}

/** One generator process, from fork to exit. */
export class GeneratorProcess {
  readonly index: number
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #gone = false

  /** @param args of the process, beside what it hears */
  constructor(index: number, entry: URL, listener: GeneratorListener, args: readonly string[] = []) {
    this.index = index
    this.#child = fork(entry, args, {
      serialization: 'advanced',
      execArgv: [...GENERATOR_OPTIONS],
      env: generatorEnv(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    killOnExit(this.#child)
    this.#child.on('message', (message) => listener.report(message as GeneratorReport))
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => listener.output(text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => listener.output(text))
    this.#exited = new Promise((resolve) => {
      const leave = (reason: string): void => {
        if (this.#gone) return
        this.#gone = true
        resolve()
        listener.exited(reason)
      }
      this.#child.once('error', (error) => leave(`could not be started: ${error.message}`))
      this.#child.once('exit', (code, signal) =>
        leave(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
      )
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(command: GeneratorCommand): void {
    // A channel that closes between the check and the write reports through `exited`, not here.
    if (!this.#gone && this.#child.connected) this.#child.send(command, () => undefined)
  }

  /** SIGTERM, then SIGKILL; resolves when the process has gone. */
  async end(): Promise<void> {
    if (this.#gone) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS)
    this.#child.kill('SIGTERM')
    await this.#exited
    clearTimeout(timer)
  }

  /** SIGKILL at once. */
  kill(): void {
    if (!this.#gone) this.#child.kill('SIGKILL')
  }
}

/** A debugger or a loader of the Vitest process must not slow the generators down. */
function generatorEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...rest } = env
  return rest
}
