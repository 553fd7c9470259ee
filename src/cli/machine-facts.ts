import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../store/environment.ts'

/** What a machine says of itself; `null` where it does not tell. */
export interface MachineFacts {
  readonly cores: number
  /** Distinct governors of its cores. */
  readonly governors: readonly string[] | null
  /** Mean number of processes that wanted to run in the last minute. */
  readonly load: number
  /** Hottest sensor, degrees Celsius. */
  readonly hottest: number | null
  /** How often cores were slowed down by heat since boot. */
  readonly throttled: number | null
  /** Cores that the control group allows. */
  readonly quota: number | null
}

/** @param systemRoot where `/proc` and `/sys` are @default '/' */
export function machineFacts(systemRoot = '/'): MachineFacts {
  const cpus = entries(join(systemRoot, 'sys/devices/system/cpu')).filter((name) => /^cpu\d+$/.test(name))
  const ofCpus = (path: string): string[] =>
    cpus.flatMap((cpu) => text(join(systemRoot, 'sys/devices/system/cpu', cpu, path)) ?? [])
  const governors = [...new Set(ofCpus('cpufreq/scaling_governor'))]
  const throttled = ofCpus('thermal_throttle/core_throttle_count').map(Number)
  const thermal = join(systemRoot, 'sys/class/thermal')
  const temperatures = entries(thermal).flatMap((zone) => {
    const milli = Number(text(join(thermal, zone, 'temp')) ?? Number.NaN)
    return zone.startsWith('thermal_zone') && Number.isFinite(milli) ? [milli / 1000] : []
  })
  const { cpuQuota } = readEnvironment(null, null, systemRoot).hard
  return {
    cores: availableParallelism(),
    governors: governors.length === 0 ? null : governors,
    load: loadavg()[0]!,
    hottest: temperatures.length === 0 ? null : Math.max(...temperatures),
    throttled: throttled.length === 0 ? null : throttled.reduce((sum, count) => sum + count, 0),
    quota: typeof cpuQuota === 'number' ? cpuQuota : null,
  }
}

/** Timers of this machine, measured now. */
export interface TimerFacts {
  /** Smallest step of the clock, nanoseconds. */
  readonly stepNs: number
  /** How late a timer of one millisecond fires, at the 99th percentile; milliseconds. */
  readonly lateMs: number
}

/** Takes about half a second. */
export async function timerFacts(): Promise<TimerFacts> {
  let stepNs = Infinity
  for (let i = 0; i < 10_000; i++) {
    const step = Number(-process.hrtime.bigint() + process.hrtime.bigint())
    if (step > 0) stepNs = Math.min(stepNs, step)
  }
  const late: number[] = []
  for (let i = 0; i < 200; i++) {
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 1))
    late.push(performance.now() - start - 1)
  }
  return { stepNs, lateMs: late.sort((a, b) => a - b)[Math.floor(late.length * 0.99)]! }
}

/**
 * Median latencies of the same thing measured again and again: requests one after the other to a server in this process.
 * @param runs number of medians
 * @param runMs how long each takes
 */
export async function sameAgain(runs: number, runMs: number): Promise<readonly number[]> {
  const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { port } = server.address() as AddressInfo
  const request = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const start = performance.now()
      get({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume().once('end', () => resolve(performance.now() - start))
      }).once('error', reject)
    })
  try {
    const medians: number[] = []
    // The first is a warm-up.
    for (let run = 0; run <= runs; run++) {
      const values: number[] = []
      const end = performance.now() + runMs
      while (performance.now() < end) values.push(await request())
      if (run > 0) medians.push(values.sort((a, b) => a - b)[values.length >> 1]!)
    }
    return medians
  } finally {
    agent.destroy()
    server.close()
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
