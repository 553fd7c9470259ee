import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** `vitest-perf worker` as a user starts it. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  #output = ''

  /** @param place where the master is, and what the command line begins with */
  constructor(
    port: number,
    secret: string,
    args: readonly string[] = [],
    { host = '127.0.0.1', inside = [] }: { readonly host?: string; readonly inside?: readonly string[] } = {},
  ) {
    const [command, ...line] = [...inside, process.execPath, CLI, 'worker', '--master', `${host}:${port}`, ...args]
    this.#child = spawn(command!, line, {
      env: { ...process.env, VITEST_PERF_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    this.exited = new Promise((resolve) => this.#child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  get pid(): number {
    return this.#child.pid!
  }

  get output(): string {
    return this.#output
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.exited
  }
}
