import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { LoadPlan } from '../../src/domain/load-plan.ts'
import { GENERATOR_OPTIONS } from '../../src/pool/generator-process.ts'
import type { GeneratorCommand, GeneratorDelta, GeneratorPart, GeneratorReport } from '../../src/pool/protocol.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies' | 'devDependencies',
  Readonly<Record<string, string>>
>

/** As `npm run build` does it: zod is carried inside. */
const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies }).filter(
    (name) => name !== 'zod',
  ),
  sourcemap: true,
  logLevel: 'warning',
} as const

/** A temporary folder in which bundles find this repository's packages. */
export function bundleFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitest-perf-generator-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return folder
}

/** Bundles the generator's entry. @returns its path */
export async function bundleGenerator(folder: string): Promise<string> {
  const outfile = join(folder, 'generator.mjs')
  await build({ ...OPTIONS, entryPoints: [join(root, 'src/generator/main.ts')], outfile })
  return outfile
}

/** Writes and bundles a scenario module as the load host does. @returns the `file:` URL of the bundle */
export async function bundleScenario(folder: string, name: string, source: string): Promise<string> {
  const entry = join(folder, `${name}.scenario.ts`)
  writeFileSync(entry, source)
  const outfile = join(folder, `${name}.mjs`)
  await build({ ...OPTIONS, entryPoints: [entry], outfile })
  return pathToFileURL(outfile).href
}

/** A forked generator with everything it has said. */
export class ForkedGenerator {
  readonly child: ChildProcess
  readonly reports: GeneratorReport[] = []
  stderr = ''
  readonly exited: Promise<{ code: number | null; signal: string | null }>
  readonly #waiting = new Set<() => void>()

  constructor(entry: string, options: { env?: NodeJS.ProcessEnv } = {}) {
    this.child = fork(entry, [], {
      serialization: 'advanced',
      execArgv: [...GENERATOR_OPTIONS],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: options.env ?? process.env,
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.child.on('message', (message) => {
      this.reports.push(message as GeneratorReport)
      for (const wake of this.#waiting) wake()
    })
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  send(command: GeneratorCommand): void {
    this.child.send(command)
  }

  prepare(plan: LoadPlan, part: GeneratorPart = { index: 0, count: 1 }, parentPid: number = process.pid): void {
    this.send({ kind: 'prepare', plan, part, parentPid })
  }

  /** The first report of a kind, now or later. */
  async report<K extends GeneratorReport['kind']>(
    kind: K,
    matches: (report: GeneratorReport & { kind: K }) => boolean = () => true,
  ): Promise<GeneratorReport & { kind: K }> {
    for (;;) {
      const found = this.reports.find(
        (report): report is GeneratorReport & { kind: K } =>
          report.kind === kind && matches(report as GeneratorReport & { kind: K }),
      )
      if (found !== undefined) return found
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
        void this.exited.then(({ code, signal }) =>
          reject(new Error(`the generator left (${code}, ${signal}) before '${kind}': ${this.stderr}`)),
        )
      })
    }
  }

  /** Runs a whole load. @returns its deltas */
  async load(plan: LoadPlan, part?: GeneratorPart): Promise<GeneratorDelta[]> {
    this.prepare(plan, part)
    await this.report('ready')
    this.send({ kind: 'go', startUs: nowUs() + 20_000 })
    await this.report('delta', ({ final }) => final)
    return this.deltas
  }

  get deltas(): GeneratorDelta[] {
    return this.reports.filter((report) => report.kind === 'delta')
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}

/** Absolute microseconds of the clock that all processes share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
