import { cpus } from 'node:os'
import type { ResourceValues } from '../domain/resource.ts'

/** Time that a core has spent, in any unit: only shares are taken of it. */
interface CoreTimes {
  readonly busy: number
  readonly idle: number
  readonly iowait: number
  readonly steal: number
}

/** All cores since the start of the machine. Which of the shares the platform tells. */
export interface CpuTimes {
  readonly cores: readonly CoreTimes[]
  readonly tellsWaits: boolean
}

/** @param stat text of `/proc/stat`. @see man 5 proc_stat */
export function linuxCpuTimes(stat: string): CpuTimes {
  const lines = stat.split('\n').filter((line) => /^cpu\d/.test(line))
  const cores = lines.map((line): CoreTimes => {
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return { busy: user + nice + system + irq + softirq, idle, iowait, steal }
  })
  return { cores, tellsWaits: true }
}

/** On platforms without `/proc`; starts no process anywhere. */
export function portableCpuTimes(): CpuTimes {
  const cores = cpus().map(({ times: { user, nice, sys, irq, idle } }): CoreTimes => {
    return { busy: user + nice + sys + irq, idle, iowait: 0, steal: 0 }
  })
  return { cores, tellsWaits: false }
}

/** Shares of the time between two readings; none of a core that was not there at both. */
export function cpuShares(before: CpuTimes, now: CpuTimes): ResourceValues {
  // A core that is switched off or on shifts the others' lines.
  if (before.cores.length !== now.cores.length) return {}
  const spent = now.cores.map((core, i) => difference(core, before.cores[i]!))
  const each = spent.map((core) => shareOf(core, 'busy'))
  const all = spent.reduce((sum, core) => ({
    busy: sum.busy + core.busy,
    idle: sum.idle + core.idle,
    iowait: sum.iowait + core.iowait,
    steal: sum.steal + core.steal,
  }))
  if (totalOf(all) === 0) return {}
  return {
    cpuShare: shareOf(all, 'busy'),
    busiestCore: Math.max(...each),
    ...(now.tellsWaits ? { cpuIowait: shareOf(all, 'iowait'), cpuSteal: shareOf(all, 'steal') } : {}),
    ...Object.fromEntries(each.map((share, i) => [`core:${i}`, share])),
  }
}

/** Some counters of the kernel go back by a tick at times. */
function difference(now: CoreTimes, before: CoreTimes): CoreTimes {
  const of = (key: keyof CoreTimes): number => Math.max(0, now[key] - before[key])
  return { busy: of('busy'), idle: of('idle'), iowait: of('iowait'), steal: of('steal') }
}

function shareOf(core: CoreTimes, key: keyof CoreTimes): number {
  const total = totalOf(core)
  return total === 0 ? 0 : core[key] / total
}

function totalOf({ busy, idle, iowait, steal }: CoreTimes): number {
  return busy + idle + iowait + steal
}
