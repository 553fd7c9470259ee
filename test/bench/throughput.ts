/*
 * `npm run bench:throughput [-- --rounds 5 --seconds 2]`: requests per generator core of this package's clients,
 * recording included, side by side with autocannon, wrk and hey; keep-alive, one small answer, 50 and 500 connections.
 *
 * The server (C, epoll) has the first core, each contestant the last one; they take turns within a round. All are
 * measured alike, over the same stretch of their run: requests by the server's own count, CPU by the kernel's. Ours is
 * the forked generator of a real load, and what it recorded must be what the server answered. Two floors: `node socket` is
 * sockets alone, no HTTP and no recording, and nothing in JavaScript can come below it; `bare undici` is undici alone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, PLAIN_TRANSPORT } from '../../src/domain/transport-plan.ts'
import { bundleFolder, bundleGenerator, ForkedGenerator, nowUs } from '../support/generator-fork.ts'
import { httpScenario, loadPlan, SECOND, users } from '../support/load-plan.ts'
import { cpuUs, pin } from './support/core-use.ts'
import { median, option, printTable, verdict } from './support/figures.ts'
import { compileC, startServer } from './support/native-server.ts'

const ROUNDS = option('rounds', 5)
const SECONDS = option('seconds', 2)
/** Starting up and warming up, before the measured stretch, and what a run goes on after it. */
const BEFORE_MS = 1200
const AFTER_MS = 300
const RUN_SECONDS = Math.ceil((BEFORE_MS + AFTER_MS) / 1000 + SECONDS)
const SERVER_CORE = 0
const CLIENT_CORE = availableParallelism() - 1

interface Run {
  readonly pid: number
  /** After its end; what it counted itself where it tells. */
  readonly ended: Promise<{ readonly recorded: number | null }>
}

interface Figures {
  readonly perSecond: number
  readonly cpuUsPerRequest: number
}

type Start = (url: string, connections: number) => Promise<Run | null>

const folder = bundleFolder()
const counter = join(folder, 'count')
const server = await startServer(compileC('http-server', folder), [counter], SERVER_CORE)
const url = `http://127.0.0.1:${server.port}/`
const generator = await bundleGenerator(folder)

let rowFiles = 0
const contestants: Readonly<Record<string, Start>> = {
  wire: (to, connections) => ours('wire', to, connections),
  'wire, with rows': (to, connections) => ours('wire', to, connections, join(folder, `rows-${rowFiles++}`)),
  undici: (to, connections) => ours('undici', to, connections),
  autocannon: (to, connections) =>
    foreign(process.execPath, [
      resolve('node_modules/autocannon/autocannon.js'),
      '-n',
      '-c',
      `${connections}`,
      '-d',
      `${RUN_SECONDS}`,
      to,
    ]),
  'node socket': (_to, connections) => floor('raw-client.js', connections),
  'bare undici': (_to, connections) => floor('raw-undici.js', connections),
  wrk: (to, connections) => foreign('wrk', ['-t1', `-c${connections}`, `-d${RUN_SECONDS}s`, to]),
  hey: (to, connections) => foreign('hey', ['-c', `${connections}`, '-z', `${RUN_SECONDS}s`, '-cpus', '1', to]),
}

try {
  for (const connections of [50, 500]) await compareAt(connections)
} finally {
  server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function compareAt(connections: number): Promise<void> {
  const seen = new Map<string, Figures[]>()
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, start] of Object.entries(contestants)) {
      const run = await start(url, connections)
      if (run === null) continue
      seen.set(name, [...(seen.get(name) ?? []), await measure(name, run)])
    }
  const of = (name: string): { perCore: number; perSecond: number; cpu: number } | null => {
    const figures = seen.get(name)
    if (figures === undefined) return null
    const cpu = median(figures.map(({ cpuUsPerRequest }) => cpuUsPerRequest))
    return { cpu, perCore: 1e6 / cpu, perSecond: median(figures.map(({ perSecond }) => perSecond)) }
  }
  const [wrk, autocannon] = [of('wrk'), of('autocannon')]
  const ratio = (to: { perCore: number } | null, perCore: number): string =>
    to === null ? 'n/a' : (perCore / to.perCore).toFixed(2)
  console.log(`\n${connections} connections, medians of ${ROUNDS} rounds of ${SECONDS} s`)
  printTable([
    ['client', 'requests/s', 'us CPU/request', 'requests/s per core', 'to wrk', 'to autocannon'],
    ...Object.keys(contestants).map((name) => {
      const row = of(name)
      if (row === null) return [name, 'not installed', '', '', '', '']
      return [
        name,
        row.perSecond.toFixed(0),
        row.cpu.toFixed(1),
        row.perCore.toFixed(0),
        ratio(wrk, row.perCore),
        ratio(autocannon, row.perCore),
      ]
    }),
  ])
  const perCore = (name: string): number => of(name)?.perCore ?? Number.NaN
  for (const name of ['node socket', 'bare undici'])
    console.log(`${name}: ${ratio(wrk, perCore(name))} of wrk, ${ratio(autocannon, perCore(name))} of autocannon`)
  console.log(verdict('wire to autocannon', perCore('wire') / perCore('autocannon'), 2.5))
  if (wrk !== null) console.log(verdict('wire to wrk', perCore('wire') / perCore('wrk'), 0.9))
  console.log(verdict('undici to autocannon', perCore('undici') / perCore('autocannon'), 1.2))
}

/** Takes the same stretch of every contestant's run. */
async function measure(name: string, { pid, ended }: Run): Promise<Figures> {
  const firstCount = count()
  await sleep(BEFORE_MS)
  const before = { count: count(), cpu: cpuUs(pid), at: nowUs() }
  await sleep(SECONDS * 1000)
  const after = { count: count(), cpu: cpuUs(pid), at: nowUs() }
  const { recorded } = await ended
  const requests = after.count - before.count
  if (recorded !== null && recorded !== count() - firstCount)
    console.log(`${name} recorded ${recorded} requests, the server answered ${count() - firstCount}`)
  return {
    perSecond: (requests / (after.at - before.at)) * SECOND,
    cpuUsPerRequest: (after.cpu - before.cpu) / requests,
  }
}

async function floor(program: string, connections: number): Promise<Run | null> {
  return await foreign(process.execPath, [
    resolve('test/bench', program),
    `${server.port}`,
    `${connections}`,
    `${RUN_SECONDS}`,
  ])
}

/** @param rows path of a file with a line for each request */
async function ours(client: Client, to: string, connections: number, rows: string | null = null): Promise<Run> {
  const forked = new ForkedGenerator(generator)
  const plan = loadPlan(users(connections, RUN_SECONDS * SECOND), {
    scenario: httpScenario(to, { transport: { ...PLAIN_TRANSPORT, client } }),
  })
  forked.send({
    kind: 'prepare',
    plan,
    part: { index: 0, count: 1 },
    parentPid: process.pid,
    ...(rows === null ? {} : { rows: { path: rows, share: 1, head: {} } }),
  })
  await forked.report('ready')
  pin(forked.child.pid!, CLIENT_CORE)
  // The rehearsal went to the generator's own server, not to this one.
  forked.send({ kind: 'go', startUs: nowUs() + 20_000 })
  const ended = forked
    .report('delta', ({ final }) => final)
    .then(() => {
      forked.kill()
      const outcomes = forked.deltas.flatMap(({ series }) => series.map((part) => part.outcomes))
      return { recorded: outcomes.reduce((sum, { good }) => sum + good, 0) }
    })
  return { pid: forked.child.pid!, ended }
}

/** Another tool's process; `null` when it is not installed. */
async function foreign(command: string, args: readonly string[]): Promise<Run | null> {
  const child: ChildProcess = spawn(command, args, { stdio: 'ignore' })
  const started = await new Promise<boolean>((done) => {
    child.once('spawn', () => done(true)).once('error', () => done(false))
  })
  if (!started) return null
  pin(child.pid!, CLIENT_CORE)
  return { pid: child.pid!, ended: new Promise((done) => child.once('exit', () => done({ recorded: null }))) }
}

/** Requests that the server has answered. */
function count(): number {
  const bytes = Buffer.alloc(8)
  const file = openSync(counter, 'r')
  readSync(file, bytes, 0, 8, 0)
  closeSync(file)
  return Number(bytes.readBigUInt64LE())
}
