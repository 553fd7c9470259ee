import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterPackages } from '../../src/cluster/cluster-packages.ts'
import { ClusterWorker } from '../../src/cluster/cluster-worker.ts'
import { locustCodec } from '../../src/cluster/locust-codec.ts'
import { masterSockets } from '../../src/cluster/master-socket.ts'
import { envelopeKeys } from '../../src/cluster/sealed-envelope.ts'
import type { CarryLoad } from '../../src/cluster/worker-load.ts'
import { NO_EVENTS, NO_OUTCOMES } from '../../src/domain/measurement.ts'
import { seededRandom } from '../../src/domain/random.ts'
import { nowUs, sharedClock } from '../../src/domain/shared-clock.ts'
import { Aggregator } from '../../src/measure/aggregator.ts'
import { residentBytes } from '../../src/monitor/process-stat.ts'
import type { BucketDelta, GeneratorDelta } from '../../src/pool/protocol.ts'
import { arrivals, loadPlan, SECOND } from '../support/load-plan.ts'
import { LocustMaster, pythonWithLocust } from '../support/locust-master.ts'
import { distributionOf } from '../support/measurement-builder.ts'
import { PoolNode } from '../support/pool-node.ts'
import { cpuUs } from './support/core-use.ts'
import { option, printTable } from './support/figures.ts'

/*
 * What workers cost the master: `npm run bench:cluster -- --workers 50 --seconds 15`.
 *
 * Simulated workers of one process, each with its own socket and everything of a real one but the requests, on a real
 * Locust master with our locustfile; a pool takes their reports and adds them up. Each says once a second what a generator
 * at --rate requests per second with streamed answers says: about 10 kB, sealed. The master's CPU and memory are its
 * process's, read beside; those of the pool are what opening, unpacking and adding a report takes here.
 */

const WORKERS = option('workers', 50)
const SECONDS = option('seconds', 15)
const RATE = option('rate', 200)
const SECRET = 'a secret of the bench'
/** Distributions of a streamed answer. */
const METRICS = ['latency', 'serviceTime', 'queueWait', 'ttft', 'tpot', 'interChunkLatency', 'outputTokens'] as const

const python = pythonWithLocust()
if (python === null) {
  console.log('skipped: no Python here has Locust (apt-get install python3-locust)')
  process.exit(0)
}

const packages = await clusterPackages()
const codec = locustCodec(packages)
const keys = envelopeKeys(SECRET)
const plan = loadPlan(arrivals(RATE * WORKERS, SECONDS * SECOND), { generators: WORKERS })
const deltas = Array.from({ length: 10 }, (_, seed) => delta(seed))
const kilobytes = codec.pack({ kind: 'report', load: 'x', report: deltas[0] }).length / 1000

console.log(
  `${WORKERS} simulated workers, ${RATE} requests/s each, ${SECONDS} s; ${availableParallelism()} cores, Node ${process.version}`,
)
const rows = [
  ['workers', 'reports/s', 'kB each', 'master CPU', 'master memory', 'pool, each report', 'clocks, round trip'],
]
for (const count of new Set([1, Math.ceil(WORKERS / 5), WORKERS])) rows.push(await measured(count))
printTable(rows)
process.exit(0)

async function measured(count: number): Promise<string[]> {
  const master = await LocustMaster.start(python!)
  const pool = await PoolNode.join(master.port, SECRET)
  const workers = Array.from({ length: count }, (_, i) => worker(master.port, i))
  const timers = [
    setInterval(() => workers.forEach((one) => one.look()), 250),
    setInterval(() => workers.forEach((one) => one.tick()), 1000),
  ]
  const ids = await pool.workers(count)
  ids.forEach((id, index) => pool.end.prepare(id, 'load', plan, { index, count }))
  await pool.until(() => of('clock') === count, 'clocks')
  const trips = pool.end.told.flatMap(({ message }) => (message.kind === 'clock' ? [message.roundTripUs] : []))
  pool.control({ do: 'start', users: count })
  for (const id of ids) pool.end.send(id, { kind: 'command', load: 'load', command: { kind: 'go', startUs: nowUs() } })
  // Python's caches and Locust's spawning are over.
  await sleep(3000)
  const [beforeUs, before, fromMs] = [cpuUs(master.pid), of('report'), performance.now()]
  let [openedUs, opened] = [0, 0]
  const aggregator = new Aggregator(plan)
  const receive = pool.end.receive.bind(pool.end)
  pool.end.receive = (type, data) => {
    const startUs = process.cpuUsage().user
    receive(type, data)
    const last = pool.end.told.at(-1)?.message
    if (last?.kind === 'report' && last.report.kind === 'delta') {
      aggregator.add(last.report)
      opened++
      openedUs += process.cpuUsage().user - startUs
    }
  }
  await sleep(SECONDS * 1000)
  const elapsedMs = performance.now() - fromMs
  const share = (cpuUs(master.pid) - beforeUs) / 1e3 / elapsedMs
  const perSecond = (of('report') - before) / (elapsedMs / 1000)
  const memory = residentBytes('/proc', master.pid)! / 1e6
  timers.forEach((timer) => clearInterval(timer))
  await Promise.all(workers.map((one) => one.close()))
  await pool.close()
  await master.stop()
  return [
    String(count),
    perSecond.toFixed(1),
    kilobytes.toFixed(1),
    `${(share * 100).toFixed(1)} % of a core`,
    `${memory.toFixed(0)} MB`,
    `${(openedUs / Math.max(1, opened) / 1000).toFixed(2)} ms`,
    `${(Math.max(...trips) / 1000).toFixed(1)} ms at most`,
  ]

  function of(kind: string): number {
    return pool.end.told.filter(({ message }) => message.kind === kind).length
  }
}

/** A worker whose generator is made up: it reports once a second. */
function worker(port: number, i: number): ClusterWorker {
  const carry: CarryLoad = (prepare, _files, listener) => {
    let timer: NodeJS.Timeout | null = null
    let seq = 0
    setImmediate(() => listener.report({ kind: 'ready', index: prepare.part.index }))
    return {
      send: (command) => {
        if (command.kind !== 'go') return
        timer = setInterval(() => {
          const report = {
            ...deltas[(seq + i) % deltas.length]!,
            index: prepare.part.index,
            seq: seq++,
            atUs: seq * 1e6,
          }
          listener.report(report)
        }, 1000)
      },
      end: () => Promise.resolve(timer === null ? undefined : clearInterval(timer)),
    }
  }
  return new ClusterWorker({
    codec,
    keys,
    carry,
    open: masterSockets(packages, `tcp://127.0.0.1:${port}`),
    allowed: null,
    about: { version: '0.0.0', node: process.version, host: 'bench', cores: 1 },
    newId: () => `bench-${process.pid}-${i}-${Date.now()}`,
    clockUs: sharedClock(),
    wallMs: Date.now,
    usage: () => ({ cpuPercent: 1, rssBytes: 1 }),
    say: () => undefined,
    quit: () => undefined,
  })
}

/** A second of a generator. */
function delta(seed: number): GeneratorDelta {
  const draw = seededRandom(seed)
  const values = (): number[] => Array.from({ length: RATE }, () => Math.round(50_000 * Math.exp(draw() + draw() - 1)))
  const outcomes = { ...NO_OUTCOMES, attempted: RATE, good: RATE }
  const bucket: BucketDelta = {
    ...NO_EVENTS,
    second: 1,
    window: 0,
    request: 'get',
    level: 'iteration',
    sent: RATE,
    completed: RATE,
    attempted: RATE,
    good: RATE,
    withinSlo: 0,
    unsent: 0,
    latency: distributionOf(values()),
  }
  return {
    kind: 'delta',
    index: 0,
    seq: 0,
    atUs: 0,
    final: false,
    series: [
      {
        window: 0,
        request: 'get',
        level: 'iteration',
        outcomes,
        distributions: Object.fromEntries(METRICS.map((metric) => [metric, distributionOf(values())])),
        tokenSources: [],
      },
    ],
    buckets: [bucket],
    usersActive: 10,
    queued: 0,
    inFlight: 10,
    cpuShare: 0.2,
    loopDelay: distributionOf(values()),
    rssBytes: 1e8,
    clockOffsetUs: 0,
    errors: [],
    paced: [{ window: 0, scheduled: RATE, dispatched: RATE }],
    checks: [],
    firstGoodLatencyUs: 50_000,
    windows: [],
  }
}
