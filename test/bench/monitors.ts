import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { percentile } from '../../src/domain/distribution.ts'
import { type MonitorPlan, NVML_VARIABLE } from '../../src/domain/monitor-plan.ts'
import { monitorsOf } from '../../src/monitor/monitors-of.ts'
import { namesIn } from '../../src/monitor/proc-file.ts'
import { processStat, TICKS_PER_SECOND } from '../../src/monitor/process-stat.ts'
import { distribution } from '../support/delta-reading.ts'
import { bundleFolder, bundleGenerator, ForkedGenerator, nowUs } from '../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../support/load-plan.ts'
import { NvmlStub } from '../support/nvml-stub.ts'
import { type ArrivalCounter, serveIfAsked, startArrivalCounter } from './support/arrival-counter.ts'
import { median, option, printTable } from './support/figures.ts'

/*
 * What it costs to watch: `npm run bench:monitors -- --seconds 20 --pairs 8`.
 *
 * First the CPU of a process that does nothing but watch: the host and four process trees, one of which holds 500 MB; two GPUs
 * of a stub of NVML, with the process that asks it; a container of a daemon in another process. Then p99 of a load of 1,000/s
 * with and without host and processes, in pairs of random order; the difference counts for nothing when it is no larger than
 * what runs of one kind differ by among themselves.
 */

const SECONDS = option('seconds', 20)
const PAIRS = option('pairs', 8)
const LOAD_S = 5
const RATE = 1000

/** A process of half a gigabyte, as a server with a model is one. It ends with this one. */
const LARGE = `const held = Buffer.alloc(500e6, 1); process.stdin.on('end', () => process.exit(held[0])).resume(); console.log(1)`

if (!serveIfAsked()) await main()

async function main(): Promise<void> {
  const folder = bundleFolder()
  const server = await startArrivalCounter()
  const large = spawn(process.execPath, ['-e', LARGE], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await once(large.stdout, 'data')
    const port = Number(new URL(server.url).port)
    const plan: MonitorPlan = {
      host: true,
      processes: [
        { name: 'large', by: 'pid', pid: large.pid! },
        { name: 'server', by: 'pid', pid: server.pid },
        { name: 'port', by: 'port', port },
        { name: 'self', by: 'pid', pid: process.pid },
      ],
      gpus: [],
      prometheus: [],
      containers: [],
      statsd: [],
      everyUs: 500_000,
      idleUs: 0,
    }
    await cost(plan, await probeEntry(folder))
    await disturbance(plan, await bundleGenerator(folder), server)
  } finally {
    large.stdin.end()
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function probeEntry(folder: string): Promise<URL> {
  const outfile = join(folder, 'nvml-probe.mjs')
  await build({
    entryPoints: ['src/monitor/nvml-probe.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  return pathToFileURL(outfile)
}

async function cost(plan: MonitorPlan, entry: URL): Promise<void> {
  // A process compiles and collects garbage in its first seconds, whatever it does.
  await shareOfCore(plan)
  const rows = [['watched', 'every', 'CPU of a core', 'of a process of its own']]
  for (const [what, everyUs, of] of [
    ['host', 500_000, { ...plan, processes: [] }],
    ['host and 4 process trees', 500_000, plan],
    ['host and 4 process trees', 250_000, { ...plan, everyUs: 250_000 }],
  ] as const) {
    rows.push([what, `${everyUs / 1e3} ms`, percent(await shareOfCore(of)), ''])
  }
  const alone = { ...plan, host: false, processes: [] }
  rows.push(await gpuRow({ ...alone, gpus: [{ by: 'all' }] }, entry))
  rows.push(await containerRow({ ...alone, containers: [{ name: 'asr', by: 'name', containerName: 'asr' }] }))
  rows.push(['nothing', '', percent(await shareOfCore(null)), ''])
  printTable(rows)
  console.log('goal: below 1 % of a core for host and processes at 500 ms\n')
}

async function gpuRow(plan: MonitorPlan, entry: URL): Promise<string[]> {
  const stub = new NvmlStub()
  stub.rule()
  process.env[NVML_VARIABLE] = stub.path
  try {
    const ticks = { first: 0, last: 0 }
    const share = await shareOfCore(plan, entry, (when) => (ticks[when] = childTicks()))
    return ['two GPUs', '500 ms', percent(share), percent((ticks.last - ticks.first) / TICKS_PER_SECOND / SECONDS)]
  } finally {
    stub.remove()
  }
}

/** What running children of this process have worked; only the one that watches does anything. */
function childTicks(): number {
  const stats = (namesIn('/proc') ?? []).map((name) => processStat('/proc', Number(name)))
  const children = stats.filter((stat) => stat?.parent === process.pid)
  return children.reduce((sum, stat) => sum + stat!.own.cpuTicks, 0)
}

async function containerRow(plan: MonitorPlan): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'perf-daemon-'))
  const path = join(folder, 'docker.sock')
  const daemon = spawn(process.execPath, ['test/bench/container-daemon.js', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  process.env['DOCKER_HOST'] = `unix://${path}`
  try {
    await once(daemon.stdout, 'data')
    return ['a container', '2000 ms', percent(await shareOfCore(plan)), '']
  } finally {
    daemon.stdin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function shareOfCore(
  plan: MonitorPlan | null,
  entry?: URL,
  mark: (when: 'first' | 'last') => void = () => undefined,
): Promise<number> {
  const run = plan === null ? null : monitorsOf(plan, nowUs, entry)
  await run?.start()
  // Finding processes and compiling come before a load.
  await sleep(2000)
  mark('first')
  const [from, fromUs] = [process.cpuUsage(), nowUs()]
  await sleep(SECONDS * 1e3)
  mark('last')
  const { user, system } = process.cpuUsage(from)
  const share = (user + system) / (nowUs() - fromUs)
  run?.stop()
  return share
}

async function disturbance(plan: MonitorPlan, entry: string, server: ArrivalCounter): Promise<void> {
  const p99: Record<'without' | 'with', number[]> = { without: [], with: [] }
  await p99Of(entry, server)
  for (let pair = 0; pair < PAIRS; pair++) {
    const kinds = Math.random() < 0.5 ? (['with', 'without'] as const) : (['without', 'with'] as const)
    for (const kind of kinds) {
      const run = kind === 'with' ? monitorsOf(plan, nowUs) : null
      await run?.start()
      p99[kind].push(await p99Of(entry, server))
      run?.stop()
    }
  }
  const ratios = p99.with.map((us, i) => us / p99.without[i]!)
  printTable([
    [`p99 at ${RATE}/s`, 'median', 'lowest', 'highest'],
    ...(['without', 'with'] as const).map((kind) => [
      kind,
      ...[median(p99[kind]), Math.min(...p99[kind]), Math.max(...p99[kind])].map(ms),
    ]),
    [
      'with / without, in pairs',
      ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map((r) => r.toFixed(2)),
    ],
  ])
  const higher = ratios.filter((ratio) => ratio > 1).length
  console.log(`${PAIRS} pairs: higher with monitors in ${higher} (a coin that falls fair: ${PAIRS / 2})`)
}

async function p99Of(entry: string, server: ArrivalCounter): Promise<number> {
  const generator = new ForkedGenerator(entry)
  try {
    const deltas = await generator.load(
      loadPlan(arrivals(RATE, LOAD_S * SECOND, { maxUsers: 200 }), {
        scenario: httpScenario(server.url),
        warmup: { kind: 'duration', durationUs: 2e6 },
      }),
    )
    return percentile(distribution(deltas, 'latency'), 99) ?? Number.NaN
  } finally {
    generator.kill()
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

function ms(us: number): string {
  return `${(us / 1e3).toFixed(2)} ms`
}
