import { execFile, spawn } from 'node:child_process'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { LoadError } from '../domain/load-error.ts'
import { killOnExit } from '../pool/exit-hook.ts'
import type { RunningMaster } from './locust-engine.ts'

/** How a master is started. */
export interface MasterStart {
  /** Python to start it with; `null`: the first of the usual ones that has Locust. */
  readonly python: string | null
  /** Path of our locustfile. */
  readonly locustfile: string
  /** Workers and this process connect to it. */
  readonly port: number
  /** Of Locust's web page, on this machine only. */
  readonly webPort: number
}

/** Debian's package belongs to the system's Python, which need not be the first on the path. */
const PYTHONS = ['python3', '/usr/bin/python3', 'python']
const INSTALL =
  "install it with `apt-get install python3-locust` or `pip install locust`, or name a master that runs: locust({ master: 'tcp://host:5557' })"
const OLDEST: readonly [number, number] = [2, 12]
const TERM_MS = 3000
/** What it wrote last is shown when it ends by itself. */
const LAST_LINES = 5

/**
 * Starts a Locust master that lives as long as this process.
 * @throws LoadError `wrong-context` where no Python has a Locust that fits
 */
export async function managedMaster({ python, locustfile, port, webPort }: MasterStart): Promise<RunningMaster> {
  const command = await pythonWithLocust(python === null ? PYTHONS : [python])
  const child = spawn(
    command,
    [
      '-m',
      'locust',
      '--master',
      `--locustfile=${locustfile}`,
      `--master-bind-port=${port}`,
      '--web-host=127.0.0.1',
      `--web-port=${webPort}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, VITEST_PERF_PARENT: String(process.pid), VITEST_PERF_SECRET: undefined },
    },
  )
  killOnExit(child)
  let endReason: string | null = null
  let written = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written = (written + text).slice(-4000)))
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      endReason = `could not be started: ${error.message}`
      resolve()
    })
    child.once('close', (code, signal) => {
      const last = written.trim().split('\n').slice(-LAST_LINES).join('\n')
      endReason ??= `ended ${signal === null ? `with code ${code}` : `by ${signal}`}${last === '' ? '' : `:\n${last}`}`
      resolve()
    })
  })
  return {
    address: `tcp://127.0.0.1:${port}`,
    workersAt: `${hostname()}:${port}`,
    get endReason() {
      return endReason
    },
    close: async () => {
      if (endReason !== null) return
      const timer = setTimeout(() => child.kill('SIGKILL'), TERM_MS)
      child.kill('SIGTERM')
      await exited
      clearTimeout(timer)
    },
  }
}

/** Prints Locust's version; Debian's package does not know its own, and is told by what it can do. */
const ASK = `
from locust import __version__
from locust.runners import MasterRunner
assert hasattr(MasterRunner, "register_message")
print("locust", __version__ or "2.12")
`

async function pythonWithLocust(pythons: readonly string[]): Promise<string> {
  const found: string[] = []
  for (const python of pythons) {
    const version = await versionAt(python)
    if (version === null) continue
    if (isSupported(version)) return python
    found.push(`${python} has Locust ${version}`)
  }
  throw new LoadError(
    'wrong-context',
    found.length === 0
      ? `no Locust: none of ${pythons.join(', ')} can import it`
      : `${found.join(', ')}; takes 2.12 or later, below 3`,
    { hint: INSTALL },
  )
}

async function versionAt(python: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', ASK], { timeout: 20_000 })
    return /^locust (\S+)$/m.exec(stdout)?.[1] ?? null
  } catch {
    return null
  }
}

/** Whether this version of Locust talks as we do. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === OLDEST[0] && minor >= OLDEST[1]
}
