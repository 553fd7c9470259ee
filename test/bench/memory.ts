import { type ChildProcess, fork } from 'node:child_process'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { LoadPlan } from '../../src/domain/load-plan.ts'
import { Aggregator } from '../../src/measure/aggregator.ts'
import { residentBytes } from '../../src/monitor/process-stat.ts'
import type { GeneratorDelta, GeneratorReport } from '../../src/pool/protocol.ts'
import { JournalFile, journalPath } from '../../src/store/journal.ts'
import { bundleFolder, bundleGenerator, nowUs } from '../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../support/load-plan.ts'
import { journalHead } from './support/journal-head.ts'
import { median, option, printTable } from './support/figures.ts'
import { compileC, startServer } from './support/native-server.ts'

/*
 * Whether memory stays flat: `npm run bench:memory -- --minutes 10 --rate 5000`.
 *
 * A generator loads a server; this process does what Vitest's main process does with its reports: adds them up, keeps the
 * journal, asks for the live snapshot each second. After one minute and after --minutes both collect their garbage, and
 * their resident memory is read each second for --settle seconds; the medians are compared.
 *
 * V8 lets its young generation grow (to 48 MB) with what a process has allocated in its life. Vitest's main process has
 * allocated far more than that when a load starts; this one does so first, or its growing would be taken for a leak.
 */

const RATE = option('rate', 5000)
const MINUTES = option('minutes', 10)
const SETTLE_S = option('settle', 30)
const GOAL_MB = 5
const MARKS_S = [60, MINUTES * 60]

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const PROCESSES = ['generator', 'main'] as const

/** Resident memory and what lives on the heap after a collection, at one mark, MB. */
interface Mark {
  readonly atS: number
  readonly resident: Readonly<Record<(typeof PROCESSES)[number], number>>
  readonly live: Readonly<Record<(typeof PROCESSES)[number], number>>
}

growYoungGeneration()
const folder = bundleFolder()
const server = await startServer(compileC('http-server', folder), [counterFile()], 1)
const plan = loadPlan(arrivals(RATE, (MARKS_S.at(-1)! + SETTLE_S + 5) * SECOND, { maxUsers: 200 }), {
  scenario: httpScenario(`http://127.0.0.1:${server.port}/`),
})
const generator = await startGenerator()
try {
  await run(generator, plan)
} finally {
  generator.kill('SIGKILL')
  server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function run(child: ChildProcess, load: LoadPlan): Promise<void> {
  const aggregator = new Aggregator(load)
  const journal = new JournalFile(folder, journalHead(load), () => aggregator.leg(), console.error)
  const add = (delta: GeneratorDelta): void => {
    aggregator.add(delta)
    journal.append(delta)
    const at = { elapsedUs: delta.atUs, remainingUs: null, askedRate: RATE, state: 'measure', note: null } as const
    aggregator.snapshot({ ...at, title: 'memory', service: null })
  }
  const ready = heard(child, 'ready')
  child.on('message', (report: GeneratorReport) => {
    if (report.kind === 'delta') add(report)
  })
  child.send({ kind: 'prepare', plan: load, part: { index: 0, count: 1 }, parentPid: process.pid })
  await ready
  const startUs = nowUs() + 20_000
  child.send({ kind: 'go', startUs })
  const marks: Mark[] = []
  for (const atS of MARKS_S) {
    await sleep((startUs + atS * SECOND - nowUs()) / 1e3)
    marks.push(await markAt(atS, child))
  }
  report(marks, aggregator, statSync(journalPath(folder, load.id)).size)
}

async function markAt(atS: number, child: ChildProcess): Promise<Mark> {
  const collected = new Promise<number>((resolve) => {
    const listen = (message: { readonly kind: string; readonly liveBytes: number }): void => {
      if (message.kind !== 'collected') return
      child.off('message', listen)
      resolve(message.liveBytes)
    }
    child.on('message', listen)
  })
  child.send({ kind: 'collect' })
  collect()
  const live = { generator: (await collected) / 1e6, main: process.memoryUsage().heapUsed / 1e6 }
  const samples = { generator: [] as number[], main: [] as number[] }
  for (let second = 0; second < SETTLE_S; second++) {
    await sleep(1000)
    samples.generator.push((residentBytes('/proc', child.pid!) ?? Number.NaN) / 1e6)
    samples.main.push(process.memoryUsage.rss() / 1e6)
  }
  return { atS, live, resident: { generator: median(samples.generator), main: median(samples.main) } }
}

function report(marks: readonly Mark[], aggregator: Aggregator, journalBytes: number): void {
  const [first, last] = [marks[0]!, marks.at(-1)!]
  const { attempted, good } = aggregator.finish({
    runId: '',
    specId: { file: '', path: [], label: '' },
    startedAt: '',
    totalUs: last.atS * SECOND,
    aborted: null,
  }).series.outcomes
  console.log(`${RATE}/s: ${attempted} requests, ${attempted - good} without a good answer; MB after a collection`)
  printTable([
    ['', ...marks.map(({ atS }) => `${atS / 60} min`), 'difference'],
    ...(['resident', 'live'] as const).flatMap((what) =>
      PROCESSES.map((name) => [
        `${name}, ${what}`,
        ...marks.map((mark) => mark[what][name].toFixed(1)),
        (last[what][name] - first[what][name]).toFixed(1),
      ]),
    ),
  ])
  for (const name of PROCESSES) {
    const difference = last.resident[name] - first.resident[name]
    console.log(
      `${difference < GOAL_MB ? 'reached' : 'MISSED '}  ${name}: ${difference.toFixed(1)} MB, goal under ${GOAL_MB} MB`,
    )
  }
  console.log(`journal: ${(journalBytes / 1e6).toFixed(2)} MB`)
}

/** A generator that collects its garbage when asked to, which the product's own entry cannot. */
async function startGenerator(): Promise<ChildProcess> {
  await bundleGenerator(folder)
  const entry = join(folder, 'collecting-generator.mjs')
  writeFileSync(
    entry,
    `import { setFlagsFromString } from 'node:v8'
     import { runInNewContext } from 'node:vm'
     setFlagsFromString('--expose-gc')
     const collect = runInNewContext('gc')
     // First the generator: messages flow from its first listener on, and it must not miss one.
     await import('./generator.mjs')
     process.on('message', ({ kind }) => {
       if (kind !== 'collect') return
       collect()
       process.send({ kind: 'collected', liveBytes: process.memoryUsage().heapUsed })
     })`,
  )
  return fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

function heard(child: ChildProcess, kind: GeneratorReport['kind']): Promise<void> {
  return new Promise((resolve) => {
    const listen = (report: GeneratorReport): void => {
      if (report.kind !== kind) return
      child.off('message', listen)
      resolve()
    }
    child.on('message', listen)
  })
}

function growYoungGeneration(): void {
  let kept: object[] = []
  for (let i = 0; i < 2e6; i++) {
    kept.push({ i })
    if (kept.length > 2e5) kept = []
  }
}

function counterFile(): string {
  const path = join(folder, 'counter')
  writeFileSync(path, Buffer.alloc(8))
  return path
}
