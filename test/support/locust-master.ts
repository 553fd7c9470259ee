import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'

const LOCUSTFILE = fileURLToPath(new URL('../../src/cluster/locustfile.py', import.meta.url))
/** Debian's packages are those of Debian's Python. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** A Python that has Locust, or `null`. */
export function pythonWithLocust(): string | null {
  const has = (python: string): boolean => {
    try {
      execFileSync(python, ['-c', 'import locust'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  return PYTHONS.find(has) ?? null
}

/** A real Locust master with our locustfile, on ports of its own. */
export class LocustMaster {
  readonly port: number
  /** Of its web page and its JSON. */
  readonly web: string
  readonly #child: ChildProcess
  #log = ''

  private constructor(child: ChildProcess, port: number, web: string) {
    this.#child = child
    this.port = port
    this.web = web
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
  }

  /** @param port of a master that was there before, to take its place */
  static async start(python: string, port?: number): Promise<LocustMaster> {
    const [bind, web] = [port ?? (await freePort()), await freePort()]
    const args = ['-m', 'locust', '--master', '-f', LOCUSTFILE, '--master-bind-host', '127.0.0.1']
    const child = spawn(
      python,
      [...args, '--master-bind-port', String(bind), '--web-host', '127.0.0.1', '--web-port', String(web)],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
    )
    const master = new LocustMaster(child, bind, `http://127.0.0.1:${web}`)
    await master.#ready()
    return master
  }

  get pid(): number {
    return this.#child.pid!
  }

  get log(): string {
    return this.#log
  }

  /** What its web page shows. */
  async stats(): Promise<WebStats> {
    return (await (await fetch(`${this.web}/stats/requests`)).json()) as WebStats
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill(signal)
    await exited
  }

  async #ready(): Promise<void> {
    for (let i = 0; i < 150; i++) {
      if (this.#child.exitCode !== null) break
      if (await fetch(this.web).then((answer) => answer.ok, () => false)) return // prettier-ignore
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`Locust did not start:\n${this.#log}`)
  }
}

/** `/stats/requests` of Locust's web page. */
export interface WebStats {
  readonly state: string
  readonly user_count: number
  readonly stats: readonly {
    readonly name: string
    readonly method: string
    readonly num_requests: number
    readonly num_failures: number
    readonly median_response_time: number
  }[]
  readonly errors: readonly { readonly error: string; readonly occurrences: number }[]
}
