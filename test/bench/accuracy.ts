import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { percentile } from '../../src/domain/distribution.ts'
import type { Arrivals } from '../../src/domain/load-plan.ts'
import { Pacer } from '../../src/plan/pacer.ts'
import { timelineOf } from '../../src/plan/timeline.ts'
import type { GeneratorDelta } from '../../src/pool/protocol.ts'
import { distribution, outcomes } from '../support/delta-reading.ts'
import { bundleFolder, bundleGenerator, ForkedGenerator, nowUs } from '../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../support/load-plan.ts'
import { type ArrivalCounter, serveIfAsked, startArrivalCounter, WINDOW_US } from './support/arrival-counter.ts'
import { option, printTable } from './support/figures.ts'

/*
 * How exactly a generator keeps its times, and what that costs it: `npm run bench:accuracy -- --seconds 5 --windows 6000`.
 *
 * Lag is what every load records: from the pacer's time to the moment at which the generator's code runs for the arrival.
 * CPU is that of the whole generator process, sending, reading and recording included. Arrivals are counted by a server in
 * a process of its own, in windows of 10 ms. On Linux the generators have one core and the server another; other work on
 * those cores shows in every figure.
 */

/** Warm-up: by then the code is compiled. */
const LEAD_S = 3
const CONNECTIONS = 200

interface Run {
  readonly deltas: readonly GeneratorDelta[]
  /** Share of a core in the measured window, all generators together. */
  readonly cpuShare: number
}

async function main(): Promise<void> {
  const seconds = option('seconds', 5)
  const windows = option('windows', 6000)
  const folder = bundleFolder()
  const server = await startArrivalCounter()
  pin(server.pid, 1)
  try {
    const entry = await bundleGenerator(folder)
    const bench = new Bench(entry, server)
    const atThousand = await bench.lag(seconds)
    const idleShare = await bench.idle(seconds)
    const dispersions = [await bench.dispersion(1, windows), await bench.dispersion(4, windows)]
    console.log('')
    goal('pacer lag p99 at 1,000/s, uniform', atThousand.uniform.p99Us / 1e3, 'ms', 0.5)
    goal('pacer lag p99 at 1,000/s, Poisson', atThousand.poisson.p99Us / 1e3, 'ms', 0.5)
    goal('CPU at 1,000/s, uniform', atThousand.uniform.cpuShare * 100, '% of a core', 25)
    goal('CPU at 1,000/s, Poisson', atThousand.poisson.cpuShare * 100, '% of a core', 25)
    goal('CPU at 10/s', idleShare * 100, '% of a core', 5)
    for (const { generators, arrived } of dispersions) {
      const name = `index of dispersion as arrived, ${generators} generator${generators === 1 ? '' : 's'}: distance from 1`
      goal(name, Math.abs(arrived - 1), '', 0.05)
    }
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Lag {
  readonly p99Us: number
  readonly cpuShare: number
}

class Bench {
  readonly #entry: string
  readonly #server: ArrivalCounter

  constructor(entry: string, server: ArrivalCounter) {
    this.#entry = entry
    this.#server = server
  }

  /** Prints the lags of all rates. @returns those at 1,000/s */
  async lag(seconds: number): Promise<Readonly<Record<'uniform' | 'poisson', Lag>>> {
    const head = ['arrivals', 'rate', 'sent', 'lag p50', 'p99', 'p99.9', 'max', 'CPU']
    const rows = [head]
    const at: Partial<Record<Arrivals, Lag>> = {}
    for (const kind of ['uniform', 'poisson'] as const) {
      for (const rate of [100, 1000, 5000, 10_000]) {
        const { deltas, cpuShare } = await this.#load(kind, rate, seconds, 1)
        const lag = distribution(deltas, 'pacerLag')
        const us = (p: number): number => percentile(lag, p) ?? Number.NaN
        const { attempted, good } = outcomes(deltas)
        const sent = `${((100 * good) / attempted).toFixed(1)} %`
        rows.push([kind, `${rate}/s`, sent, ...[us(50), us(99), us(99.9), lag.max].map(microseconds), share(cpuShare)])
        if (rate === 1000) at[kind] = { p99Us: us(99), cpuShare }
      }
    }
    printTable(rows)
    return { uniform: at.uniform!, poisson: at.poisson! }
  }

  /** Prints and returns the CPU at a rate at which there is next to nothing to do. */
  async idle(seconds: number): Promise<number> {
    const { cpuShare } = await this.#load('uniform', 10, Math.max(5, seconds), 1)
    console.log(`\nat 10/s the whole generator takes ${share(cpuShare)} of a core`)
    return cpuShare
  }

  /** Prints variance over mean of the arrivals in windows of 10 ms: 1 for a Poisson process. */
  async dispersion(generators: number, windows: number): Promise<{ generators: number; arrived: number }> {
    const rate = 1000
    const seconds = (windows * WINDOW_US) / 1e6
    await this.#load('poisson', rate, seconds, generators)
    const counts = await this.#server.counts()
    const arrived = varianceOverMean(counts)
    const planned = varianceOverMean(plannedCounts(rate, seconds))
    console.log(
      `Poisson at ${rate}/s from ${generators} generator${generators === 1 ? '' : 's'}: index of dispersion over ${windows} ` +
        `windows of 10 ms: planned ${planned.toFixed(3)}, as arrived ${arrived.toFixed(3)}`,
    )
    return { generators, arrived }
  }

  async #load(kind: Arrivals, rate: number, seconds: number, generators: number): Promise<Run> {
    const plan = loadPlan(arrivals(rate, seconds * SECOND, { arrivals: kind, maxUsers: CONNECTIONS }), {
      scenario: httpScenario(this.#server.url),
      warmup: { kind: 'duration', durationUs: LEAD_S * SECOND },
      generators,
    })
    const forked = Array.from({ length: generators }, () => new ForkedGenerator(this.#entry))
    try {
      forked.forEach((generator, index) => {
        pin(generator.child.pid!, 0)
        generator.prepare(plan, { index, count: generators })
      })
      await Promise.all(forked.map((generator) => generator.report('ready')))
      const startUs = nowUs() + 200_000
      this.#server.count(startUs + LEAD_S * SECOND, Math.floor((seconds * 1e6) / WINDOW_US))
      for (const generator of forked) generator.send({ kind: 'go', startUs })
      await Promise.all(forked.map((generator) => generator.report('delta', ({ final }) => final)))
      const cpuShare = forked.reduce((sum, { deltas }) => sum + cpuShareOf(deltas), 0)
      return { deltas: forked.flatMap((generator) => generator.deltas), cpuShare }
    } finally {
      for (const generator of forked) generator.kill()
    }
  }
}

/** Over the seconds after the lead, each as long as it was. */
function cpuShareOf(deltas: readonly GeneratorDelta[]): number {
  let usedUs = 0
  let elapsedUs = 0
  deltas.forEach(({ atUs, cpuShare }, i) => {
    const sinceUs = deltas[i - 1]?.atUs ?? 0
    if (sinceUs < LEAD_S * SECOND * 0.9) return
    usedUs += cpuShare * (atUs - sinceUs)
    elapsedUs += atUs - sinceUs
  })
  return usedUs / elapsedUs
}

function plannedCounts(rate: number, seconds: number): readonly number[] {
  const leadUs = LEAD_S * SECOND
  const counts = Array.from<number>({ length: Math.floor((seconds * 1e6) / WINDOW_US) }).fill(0)
  const profile = arrivals(rate, seconds * SECOND, { arrivals: 'poisson' })
  const timeline = timelineOf(loadPlan(profile, { warmup: { kind: 'duration', durationUs: leadUs } }))
  const pacer = new Pacer(timeline, 'poisson', 1, { index: 0, count: 1 })
  for (; pacer.nextUs < Infinity; pacer.advance())
    if (pacer.nextUs >= leadUs) counts[Math.floor((pacer.nextUs - leadUs) / WINDOW_US)]!++
  return counts
}

function varianceOverMean(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1) / mean
}

/** One core for the generators, another for the server; where that cannot be, the system decides. */
function pin(pid: number, core: number): void {
  if (process.platform !== 'linux' || availableParallelism() < 2) return
  execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
}

function goal(claim: string, value: number, unit: string, atMost: number): void {
  console.log(
    `${value < atMost ? 'met    ' : 'NOT MET'}  ${claim}: ${Number(value.toPrecision(3))} ${unit} (goal: below ${atMost})`,
  )
}

function microseconds(us: number): string {
  return us < 10_000 ? `${Math.round(us)} us` : `${(us / 1e3).toFixed(1)} ms`
}

function share(of: number): string {
  return `${(of * 100).toFixed(1)} %`
}

if (!serveIfAsked()) await main()
