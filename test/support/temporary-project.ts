import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Leg } from '../e2e/global-setup.ts'

/** Marks every process that a temporary project starts, so that survivors can be found. */
const MARK = 'VITEST_PERF_E2E_MARK'

/** For tests that assert numbers or endings and no verdicts: a busy machine must not fail them. */
export const LENIENT_CONFIG = `
import { defineConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'
export default defineConfig({ test: { projects: [perfProject({ onInvalid: 'warn' })] } })
`

const DEFAULT_CONFIG = `
import { defineConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'
export default defineConfig({ test: { projects: [perfProject()] } })
`

/** How a Vitest run ended. */
export interface RunResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order of arrival, without colours. */
  readonly output: string
}

/** A Vitest run that may be watched and signalled. */
export interface RunningVitest {
  readonly child: ChildProcess
  readonly ended: Promise<RunResult>
  output(): string
  /** Resolves when the output matches. */
  saw(pattern: RegExp): Promise<void>
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** A user's project on disk, with the packed package installed above it. */
export class TemporaryProject {
  readonly directory: string
  readonly #leg: Leg
  readonly #mark: string = randomUUID()

  private constructor(directory: string, leg: Leg) {
    this.directory = directory
    this.#leg = leg
  }

  /** @param files path -> content; a vitest.config.ts with one perf project is there unless given */
  static async create(leg: Leg, files: Readonly<Record<string, string>>): Promise<TemporaryProject> {
    const parent = join(leg.directory, 'projects')
    await mkdir(parent, { recursive: true })
    const project = new TemporaryProject(await mkdtemp(join(parent, 'p-')), leg)
    await project.write({ 'vitest.config.ts': DEFAULT_CONFIG, ...files })
    return project
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const target = join(this.directory, path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content)
    }
  }

  /** `vitest run --project perf`, to its end. */
  run({ args = [], env = {} }: RunOptions = {}): Promise<RunResult> {
    return this.start(['run', '--project', 'perf', ...args], env).ended
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningVitest {
    return this.#start('vitest/vitest.mjs', args, env)
  }

  /** The same as {@link start} as a line for a shell in a terminal. */
  shellLine(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
    const TMPDIR = `${this.directory}.tmp`
    mkdirSync(TMPDIR, { recursive: true })
    const variables = Object.entries({ TMPDIR, [MARK]: this.#mark, ...env }).map(([name, value]) => `${name}=${value}`)
    const script = join(this.#leg.directory, 'node_modules/vitest/vitest.mjs')
    return ['cd', this.directory, '&&', 'env', ...variables, this.#leg.node, script, ...args].join(' ')
  }

  /** `vitest-perf ...`, to its end. */
  command(args: readonly string[]): Promise<RunResult> {
    return this.#start('vitest-perf/dist/cli.js', args, {}).ended
  }

  #start(script: string, args: readonly string[], env: Readonly<Record<string, string>>): RunningVitest {
    // The lock that keeps loads of one machine apart lies there: projects of different tests need not wait for each other.
    const TMPDIR = `${this.directory}.tmp`
    mkdirSync(TMPDIR, { recursive: true })
    const child = spawn(this.#leg.node, [join(this.#leg.directory, 'node_modules', script), ...args], {
      cwd: this.directory,
      env: { ...cleanEnv(), NO_COLOR: '1', TMPDIR, [MARK]: this.#mark, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which a test can signal as a terminal would.
      detached: true,
    })
    const text = { stdout: '', stderr: '', output: '' }
    for (const channel of ['stdout', 'stderr'] as const) {
      child[channel].setEncoding('utf8').on('data', (part: string) => {
        text[channel] += part
        text.output += part
      })
    }
    const ended = new Promise<RunResult>((resolve) => {
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...text }))
    })
    const saw = (pattern: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text.output)) resolve()
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        void ended.then(() =>
          pattern.test(text.output) ? resolve() : reject(new Error(`never saw ${pattern} in:\n${text.output}`)),
        )
        look()
      })
    return { child, ended, output: () => text.output, saw }
  }

  /** Command lines of this project's processes that still live. */
  async survivors(): Promise<string[]> {
    const found: string[] = []
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      if (!environment.includes(`${MARK}=${this.#mark}`)) continue
      const state = /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.[1]
      if (state !== undefined && state !== 'Z')
        found.push(`${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')}`)
    }
    return found
  }

  /** Pids of this project's processes whose command line holds the text. */
  async pids(commandPart: string): Promise<number[]> {
    return (await this.survivors())
      .filter((line) => line.includes(commandPart))
      .map((line) => Number(line.split(' ')[0]))
  }

  async read(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8')
  }

  /** All files below a directory, relative to it; none when it does not exist. */
  async files(path: string): Promise<string[]> {
    const entries = await readdir(join(this.directory, path), { recursive: true, withFileTypes: true }).catch(() => [])
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(this.directory, path).length + 1))
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** The environment without what the outer Vitest and npm put there. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const { CI: _ci, NODE_OPTIONS: _options, ...rest } = process.env
  return Object.fromEntries(
    Object.entries(rest).filter(
      ([name]) => !/^(VITEST|npm_|NODE_ENV$|FORCE_COLOR$|DEV$|PROD$|SSR$|MODE$|TEST$)/.test(name),
    ),
  )
}
