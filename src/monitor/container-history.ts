import type { ResourceMetricId, ResourceValues } from '../domain/resource.ts'
import type { ContainerLimits, ContainerUse, InspectedContainer } from './container-answer.ts'

/** One container at one time. */
export interface SeenContainer {
  /** The same when it is set up anew under its name. */
  readonly key: string
  readonly inspected: InspectedContainer
  /** `null` while it does not run. */
  readonly use: ContainerUse | null
}

/** The machine that containers run on, for those that have no limit. */
export interface Machine {
  readonly cores: number
  readonly memoryBytes: number
}

/** What a container did between two readings; `null` for what is not known. */
interface Growth {
  readonly cores: number | null
  readonly periods: number
  readonly throttledPeriods: number
  readonly receivedPerSecond: number | null
  readonly sentPerSecond: number | null
}

/** What containers did from one reading to the next; several are added up. */
export class ContainerHistory {
  readonly #machine: Machine
  #before = new Map<string, SeenContainer>()
  #restarts = 0
  #oomKills = 0

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** @param oomKills how many the daemon told since the last reading; `null` where it tells none: then each container does */
  take(all: readonly SeenContainer[], oomKills: number | null): ResourceValues {
    const before = this.#before
    // One that is away for a moment comes back as it was.
    this.#before = new Map([...before, ...all.map((seen) => [seen.key, seen] as const)])
    for (const { key, inspected } of all) {
      const earlier = before.get(key)?.inspected
      if (earlier === undefined) continue
      this.#restarts += restartsBetween(earlier, inspected)
      if (oomKills === null && inspected.oomKilled && !knownAsKilled(earlier, inspected)) this.#oomKills++
    }
    this.#oomKills += oomKills ?? 0
    const running = all.flatMap(({ key, inspected, use }) => (use === null ? [] : [{ key, inspected, use }]))
    const counted = { containers: running.length, restarts: this.#restarts, oomKills: this.#oomKills }
    return running.length === 0 ? counted : { ...counted, ...this.#values(running, before) }
  }

  #values(
    running: readonly (SeenContainer & { readonly use: ContainerUse })[],
    before: ReadonlyMap<string, SeenContainer>,
  ): ResourceValues {
    const growths = running.map(({ key, inspected, use }) => growthOf(before.get(key), inspected, use))
    const limits = running.map(({ inspected, use }) => limitsOf(inspected.limits, use, this.#machine))
    const cores = sum(growths.map((growth) => growth?.cores ?? null))
    const memory = sum(running.map(({ use }) => use.memoryBytes))
    const periods = growths.reduce((total, growth) => total + (growth?.periods ?? 0), 0)
    const throttled = growths.reduce((total, growth) => total + (growth?.throttledPeriods ?? 0), 0)
    // Together they may use no more than the machine has.
    const [mostCores, mostMemory] = [
      Math.min(sum(limits.map((one) => one.cores))!, Math.max(...limits.map((one) => one.machineCores))),
      Math.min(sum(limits.map((one) => one.memoryBytes))!, Math.max(...limits.map((one) => one.machineBytes))),
    ]
    return known({
      cpuCores: cores,
      cpuLimitShare: cores === null ? null : cores / mostCores,
      memory,
      memoryLimitShare: memory === null ? null : memory / mostMemory,
      cpuThrottled: periods === 0 ? null : throttled / periods,
      pids: sum(running.map(({ use }) => use.pids)),
      networkReceived: sum(growths.map((growth) => growth?.receivedPerSecond ?? null)),
      networkSent: sum(growths.map((growth) => growth?.sentPerSecond ?? null)),
    })
  }
}

function known(values: { readonly [Id in ResourceMetricId]?: number | null }): ResourceValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as ResourceValues
}

/** Restarts by the policy are counted by the daemon, those by hand show in the time of the start. */
function restartsBetween(earlier: InspectedContainer, now: InspectedContainer): number {
  return Math.max(now.restartCount - earlier.restartCount, now.startedAt === earlier.startedAt ? 0 : 1)
}

/** It stays marked until it is started anew. */
function knownAsKilled(earlier: InspectedContainer, now: InspectedContainer): boolean {
  return earlier.oomKilled && earlier.startedAt === now.startedAt
}

/** `null` at the first reading of a container, and of one that was started anew, whose counters began at 0. */
function growthOf(earlier: SeenContainer | undefined, inspected: InspectedContainer, use: ContainerUse): Growth | null {
  const before = earlier?.use ?? null
  if (before === null || earlier!.inspected.startedAt !== inspected.startedAt) return null
  const seconds = (use.atMs - before.atMs) / 1e3
  if (seconds <= 0) return null
  const since = (now: number | null, then: number | null): number | null =>
    now === null || then === null || now < then ? null : now - then
  const per = (value: number | null): number | null => (value === null ? null : value / seconds)
  return {
    cores: per(since(use.cpuNs === null ? null : use.cpuNs / 1e9, before.cpuNs === null ? null : before.cpuNs / 1e9)),
    periods: since(use.periods, before.periods) ?? 0,
    throttledPeriods: since(use.throttledPeriods, before.throttledPeriods) ?? 0,
    receivedPerSecond: per(since(use.receivedBytes, before.receivedBytes)),
    sentPerSecond: per(since(use.sentBytes, before.sentBytes)),
  }
}

interface OwnLimits {
  readonly cores: number
  readonly memoryBytes: number
  /** What a container without limits may use there. */
  readonly machineCores: number
  readonly machineBytes: number
}

/**
 * What a container may use. A daemon in a virtual machine tells that machine's memory as the limit; some tell nonsense for
 * none.
 */
function limitsOf({ cores, memoryBytes }: ContainerLimits, use: ContainerUse, machine: Machine): OwnLimits {
  const machineCores = use.onlineCores ?? machine.cores
  const machineBytes =
    memoryBytes === null ? Math.min(use.memoryLimitBytes || Infinity, machine.memoryBytes) : machine.memoryBytes
  return {
    cores: Math.min(cores ?? Infinity, machineCores),
    memoryBytes: Math.min(memoryBytes ?? Infinity, machineBytes),
    machineCores,
    machineBytes,
  }
}

/** A sum without one of them would be wrong, not less exact. */
function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0)
}
