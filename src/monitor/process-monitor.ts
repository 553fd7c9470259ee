import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ProcessTarget } from '../domain/monitor-plan.ts'
import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import { FrugalReading } from './frugal-reading.ts'
import type { Monitor } from './monitor.ts'
import { namesIn, textOf } from './proc-file.ts'
import { findProcesses } from './process-search.ts'
import { proportionalBytes, residentBytes, TICKS_PER_SECOND } from './process-stat.ts'
import { ProcessTree } from './process-tree.ts'

/** Where a process monitor reads, for tests. */
export interface ProcessSource {
  /** @default '/proc' */
  readonly proc?: string
  /** The process that watches. @default this one */
  readonly self?: number
  /** Milliseconds of a steady clock, from which it follows how often what is dear is read. */
  readonly nowMs?: () => number
  /** Bytes that processes hold on GPUs; `null` where it is not known. */
  readonly gpuMemory?: (pids: readonly number[]) => number | null
}

/** Watches processes and all of their descendants through `/proc` (Linux). They may come and go at any time. */
export class ProcessMonitor implements Monitor {
  readonly watched: WatchedResource
  readonly #target: ProcessTarget
  readonly #proc: string
  readonly #tree: ProcessTree
  readonly #search: FrugalReading<string | null>
  readonly #dear: FrugalReading<ResourceValues>
  readonly #gpuMemory: (pids: readonly number[]) => number | null
  #pids: readonly number[] = []
  #readable = false
  #lastUs = 0

  constructor(
    target: ProcessTarget,
    { proc = '/proc', self = process.pid, nowMs, gpuMemory = () => null }: ProcessSource = {},
  ) {
    this.watched = { kind: 'process', name: target.name, cores: cpus().length, memoryBytes: totalmem() }
    this.#target = target
    this.#proc = proc
    this.#gpuMemory = gpuMemory
    this.#tree = new ProcessTree(proc, nowMs)
    this.#search = new FrugalReading(() => this.#find(self), 500, 0.005, nowMs)
    // The kernel walks pages and descriptors meanwhile, under locks that the target needs as well.
    this.#dear = new FrugalReading(() => this.#readDear(), 2000, 0.001, nowMs)
  }

  start(): readonly string[] {
    this.#readable = textOf(join(this.#proc, 'self', 'status')) !== null
    if (!this.#readable) return [`processes cannot be watched on ${process.platform}: n/a`]
    const missing = this.#search.take()
    // A pid names one process: another one that gets it later is not meant.
    if (missing !== null) {
      this.#readable = this.#target.by !== 'pid'
      return [`${missing}: n/a${this.#readable ? ' until there is one' : ''}`]
    }
    const [pid] = this.#pids
    return pid === undefined || this.#tree.tellsChildren(pid)
      ? []
      : [`this kernel does not tell the children of process ${pid}: it alone is watched`]
  }

  sample(nowUs: number): ResourceValues | null {
    if (!this.#readable) return null
    const { living, since } = this.#tree.read()
    const seconds = (nowUs - this.#lastUs) / 1e6
    this.#lastUs = nowUs
    this.#pids = living.map(({ pid }) => pid)
    if (living.length === 0) {
      if (this.#target.by !== 'pid') this.#search.take()
      return { processes: 0 }
    }
    const gpuMemory = this.#gpuMemory(this.#pids)
    const sizes = this.#pids.flatMap((pid) => residentBytes(this.#proc, pid) ?? [])
    return {
      processes: living.length,
      threads: living.reduce((sum, { threads }) => sum + threads, 0),
      ...(sizes.length === 0 ? {} : { rss: sum(sizes) }),
      ...(gpuMemory === null ? {} : { gpuMemory }),
      // The first reading after a start is where counters begin; nobody sees it.
      ...(since === null || seconds <= 0
        ? {}
        : {
            cpuCores: since.cpuTicks / TICKS_PER_SECOND / seconds,
            majorFaults: since.majorFaults / seconds,
            ...this.#dear.take(),
          }),
    }
  }

  stop(): void {
    this.#readable = false
  }

  /** Plants the tree anew. @returns why there is none */
  #find(self: number): string | null {
    const found = findProcesses(this.#target, this.#proc, self)
    if ('missing' in found) return found.missing
    this.#pids = found.pids
    this.#tree.plant(found.pids)
    return null
  }

  #readDear(): ResourceValues {
    const pss = this.#pids.map((pid) => proportionalBytes(this.#proc, pid))
    const files = this.#pids.map((pid) => namesIn(join(this.#proc, String(pid), 'fd'))?.length ?? null)
    // A sum without one of them would be wrong, not less exact.
    return {
      ...(pss.every((bytes) => bytes !== null) ? { pss: sum(pss) } : {}),
      ...(files.every((count) => count !== null) ? { openFiles: sum(files) } : {}),
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
