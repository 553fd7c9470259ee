import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { variance } from '../../src/stats/sample.ts'
import { fixtureServer } from '../support/fixture-server.ts'

/*
 * A/A on this machine: the same spec again and again on the embedded server, nothing changed. Every REGRESSED is a false
 * alarm. `npm run bench:aa [-- --runs 20 --seconds 3]`; needs a build. Six runs before tell how much this machine varies
 * from run to run; the verdicts assume that (but never less than the default) until they have measured it themselves.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, seconds: { type: 'string', default: '3' } },
})
const runs = Number(values.runs)
const seconds = Number(values.seconds)
if (!(runs >= 2 && seconds >= 1)) throw new RangeError('--runs takes a number from 2, --seconds one from 1')

const SPEC = `
import { expect, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'
test('unchanged', async ({ load }) => {
  const chat = openai.chat({ baseUrl: process.env.TARGET, model: 'm', maxTokens: 16,
    messages: [{ role: 'user', content: 'Count to ten.' }] })
  const run = await load(chat, { users: 2, duration: '${seconds}s', warmup: '1s' })
  expect(run).toNotRegress({ assumedRunCv: Number(process.env.RUN_CV) })
})
`
const CONFIG = `
import { defineConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'
export default defineConfig({ test: { projects: [perfProject({ onInvalid: 'warn' })] } })
`

const DEFAULT_CV = 0.05
const CALIBRATING = 6

/** What a run told of its load. */
interface Told {
  readonly expectations: readonly { readonly comparison?: string }[]
  readonly metrics: Readonly<Record<string, { readonly value: number }>>
}

// Below this package, so that its own name leads to its build.
await mkdir('.tmp', { recursive: true })
const directory = await mkdtemp(join('.tmp', 'aa-'))
await writeFile(join(directory, 'aa.perf.ts'), SPEC)
await writeFile(join(directory, 'vitest.config.ts'), CONFIG)
const server = await fixtureServer('inference-server')
const alarms: string[] = []
const medians: number[] = []
try {
  // The engine's first run is like no other; the history begins after the calibration.
  await once(server.url, DEFAULT_CV)
  const before: number[] = []
  for (let i = 0; i < CALIBRATING; i++) before.push(medianOf(await once(server.url, DEFAULT_CV)))
  await rm(join(directory, '.perf'), { recursive: true, force: true })
  const assumed = Math.max(DEFAULT_CV, cvOf(before))
  console.log(
    `run-to-run CV of p50 latency in ${CALIBRATING} runs before: ${percent(cvOf(before))}; assumed: ${percent(assumed)}`,
  )
  for (let run = 1; run <= runs; run++) {
    const told = await once(server.url, assumed)
    medians.push(medianOf(told))
    const verdict = told.expectations[0]?.comparison ?? 'not judged'
    if (verdict === 'REGRESSED') alarms.push(`run ${run}`)
    console.log(`run ${String(run).padStart(2)}: p50 ${(medians.at(-1)! / 1e3).toFixed(2)} ms · ${verdict}`)
  }
} finally {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
}
console.log(`\nrun-to-run CV of p50 latency: ${percent(cvOf(medians))} over ${medians.length} runs`)
console.log(alarms.length === 0 ? 'no REGRESSED' : `REGRESSED without a change: ${alarms.join(', ')}`)
process.exitCode = alarms.length === 0 ? 0 : 1

function medianOf({ metrics }: Told): number {
  return metrics['latency.p50']?.value ?? Number.NaN
}

/** Standard deviation of logarithms. */
function cvOf(values: readonly number[]): number {
  return Math.sqrt(variance(values.map(Math.log)))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Runs the spec and reads what it told of its load. */
async function once(target: string, cv: number): Promise<Told> {
  const output = 'run.json'
  const vitest = spawn(
    process.execPath,
    ['../../node_modules/vitest/vitest.mjs', 'run', '--project', 'perf', '--reporter=json', `--outputFile=${output}`],
    {
      cwd: directory,
      env: { ...process.env, TARGET: target, RUN_CV: String(cv) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let errors = ''
  vitest.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await new Promise((resolve) => vitest.once('close', resolve))
  const report = JSON.parse(await readFile(join(directory, output), 'utf8').catch(() => '{}')) as {
    readonly testResults?: readonly {
      readonly assertionResults: readonly { readonly meta?: { readonly perf?: { readonly loads: readonly Told[] } } }[]
    }[]
  }
  const load = report.testResults?.[0]?.assertionResults[0]?.meta?.perf?.loads[0]
  if (load === undefined) throw new Error(`the run told nothing:\n${errors}`)
  return load
}
