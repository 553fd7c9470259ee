import { join } from 'node:path'
import { namesIn, textOf } from './proc-file.ts'
import { type ProcessCounters, type ProcessStat, processStat } from './process-stat.ts'
import { FrugalReading } from './frugal-reading.ts'

/** The living processes of a tree, with what they did since the last reading. */
export interface TreeReading {
  readonly living: readonly ProcessStat[]
  /** `null` for the first reading. */
  readonly since: ProcessCounters | null
}

type Members = ReadonlyMap<number, ProcessStat>

/**
 * Processes with their descendants. Who was once found in it stays in it until it ends, also when its parent ends first;
 * a later process of the same pid is another one. Children are looked for once a second; their work counts from the start.
 */
export class ProcessTree {
  readonly #proc: string
  readonly #descent: FrugalReading<readonly number[]>
  #members: Members = new Map()
  #first = true

  /**
   * @param proc where the file system of processes is
   * @param nowMs what its readings cost is counted with
   */
  constructor(proc: string, nowMs?: () => number) {
    this.#proc = proc
    // A process has a file of children for each of its threads, and may have hundreds.
    this.#descent = new FrugalReading(() => this.#descend(), 1000, 0.001, nowMs)
  }

  /** Takes processes as the roots of a new tree. */
  plant(pids: readonly number[]): void {
    this.#members = new Map(pids.flatMap((pid) => this.#entry(pid)))
    this.#members = new Map([...this.#members, ...this.#descend().flatMap((pid) => this.#entry(pid))])
    this.#first = true
  }

  /** Whether the kernel tells which children a process has. */
  tellsChildren(pid: number): boolean {
    return textOf(join(this.#proc, String(pid), 'task', String(pid), 'children')) !== null
  }

  read(): TreeReading {
    const before = this.#members
    const living = new Map([...before].flatMap(([pid, { start }]) => this.#entry(pid, start)))
    this.#members = living
    const found = (this.#descent.take() ?? []).filter((pid) => !living.has(pid))
    this.#members = new Map([...living, ...found.flatMap((pid) => this.#entry(pid))])
    const since = this.#first ? null : countersSince(before, this.#members)
    this.#first = false
    return { living: [...this.#members.values()].filter(({ ended }) => !ended), since }
  }

  #descend(): readonly number[] {
    return [...this.#members.keys()].flatMap((pid) => this.#below(pid))
  }

  #entry(pid: number, start?: number): [number, ProcessStat][] {
    const stat = processStat(this.#proc, pid)
    return stat === null || (start !== undefined && stat.start !== start) ? [] : [[pid, stat]]
  }

  /** A child belongs to the thread that forked it. */
  #below(pid: number): number[] {
    const threads = namesIn(join(this.#proc, String(pid), 'task')) ?? []
    return threads.flatMap((thread) => {
      const text = textOf(join(this.#proc, String(pid), 'task', thread, 'children')) ?? ''
      const children = text.split(' ').filter(Boolean).map(Number)
      return children.flatMap((child) => [child, ...(this.#members.has(child) ? [] : this.#below(child))])
    })
  }
}

/** What a tree did between two readings. */
function countersSince(before: Members, now: Members): ProcessCounters {
  return { cpuTicks: since(before, now, 'cpuTicks'), majorFaults: since(before, now, 'majorFaults') }
}

/**
 * The work of a process that ended moves to the parent that waits for it, so that the sum over a tree, children included,
 * loses nothing. Where nobody waited for it, or its parent had left the tree, what it did since the last reading is lost:
 * then what the others did is the least that is known.
 */
function since(before: Members, now: Members, counter: keyof ProcessCounters): number {
  const handedOn = [...before.values()].filter((stat) => now.has(stat.pid) || hasAncestorIn(stat, before, now))
  const all = total([...now.values()], counter) - total(handedOn, counter) - joined(before, now, counter)
  const survivors = [...now.values()].reduce((sum, stat) => {
    const earlier = before.get(stat.pid)
    return earlier === undefined ? sum : sum + stat.own[counter] - earlier.own[counter]
  }, 0)
  return Math.max(all, survivors)
}

/** What new members had done before they joined; a child of a member began in it. */
function joined(before: Members, now: Members, counter: keyof ProcessCounters): number {
  const strangers = [...now.values()].filter((stat) => !before.has(stat.pid) && !hasAncestorIn(stat, now, before))
  return total(strangers, counter)
}

/** Whether one of the ancestors, as far as `tree` tells them, is in `among`. */
function hasAncestorIn({ parent }: ProcessStat, tree: Members, among: Members): boolean {
  for (let pid: number | undefined = parent; pid !== undefined; pid = tree.get(pid)?.parent) {
    if (among.has(pid)) return true
  }
  return false
}

function total(stats: readonly ProcessStat[], counter: keyof ProcessCounters): number {
  return stats.reduce((sum, stat) => sum + stat.withChildren[counter], 0)
}
