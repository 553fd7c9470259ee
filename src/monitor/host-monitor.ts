import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import { type CpuTimes, cpuShares, linuxCpuTimes, portableCpuTimes } from './cpu-times.ts'
import { FrugalReading } from './frugal-reading.ts'
import { HostSensors } from './host-sensors.ts'
import { HostThroughput } from './host-throughput.ts'
import type { Monitor } from './monitor.ts'
import { kibibytesOf, textOf } from './proc-file.ts'

/** Where a host monitor reads, for tests. */
export interface HostSource {
  /** @default '/proc' */
  readonly proc?: string
  /** @default '/sys' */
  readonly sys?: string
}

/**
 * Watches the machine that the load comes from: all of it through `/proc` and `/sys` on Linux, elsewhere what Node itself
 * tells (CPU, memory, load average), as every other source there starts processes.
 */
export class HostMonitor implements Monitor {
  readonly watched: WatchedResource
  readonly #proc: string
  readonly #throughput: HostThroughput
  readonly #sensors: FrugalReading<ResourceValues>
  #cpu: CpuTimes | null = null
  #lastUs = 0

  constructor({ proc = '/proc', sys = '/sys' }: HostSource = {}) {
    this.#proc = proc
    this.watched = { kind: 'host', name: 'host', cores: cpus().length, memoryBytes: totalmem() }
    this.#throughput = new HostThroughput(proc, sys)
    const sensors = new HostSensors(sys)
    this.#sensors = new FrugalReading(() => sensors.sample(), 2000, 0.001)
  }

  start(): readonly string[] {
    return textOf(join(this.#proc, 'stat')) === null
      ? [`on ${process.platform} only CPU, memory and load average of the host are known: the rest is n/a`]
      : []
  }

  sample(nowUs: number): ResourceValues {
    const seconds = (nowUs - this.#lastUs) / 1e6
    this.#lastUs = nowUs
    return {
      ...this.#cpuShares(),
      ...this.#memory(),
      ...this.#loadAverage(),
      ...this.#throughput.sample(seconds),
      ...this.#sensors.take(),
    }
  }

  stop(): void {
    this.#cpu = null
  }

  #cpuShares(): ResourceValues {
    const stat = textOf(join(this.#proc, 'stat'))
    const now = stat === null ? portableCpuTimes() : linuxCpuTimes(stat)
    const before = this.#cpu
    this.#cpu = now
    return before === null ? {} : cpuShares(before, now)
  }

  /** @see man 5 proc_meminfo */
  #memory(): ResourceValues {
    const text = textOf(join(this.#proc, 'meminfo'))
    if (text === null) return { memory: totalmem() - freemem() }
    const [total, available] = [kibibytesOf(text, 'MemTotal'), kibibytesOf(text, 'MemAvailable')]
    const [swap, free] = [kibibytesOf(text, 'SwapTotal'), kibibytesOf(text, 'SwapFree')]
    return {
      ...(total === null || available === null ? {} : { memory: total - available }),
      ...(swap === null || free === null ? {} : { swap: swap - free }),
    }
  }

  #loadAverage(): ResourceValues {
    // Windows has none and tells zeros.
    return process.platform === 'win32' ? {} : { loadAverage: loadavg()[0]! }
  }
}
