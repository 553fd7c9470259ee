import { cpus, freemem, totalmem } from 'node:os'
import type { HostUse } from '../search/exhaustion-signs.ts'

/** Reads how busy this host is: each call tells of the time since the one before. */
export function hostUseReader(): () => HostUse {
  let before = cpuTimes()
  return () => {
    const now = cpuTimes()
    const total = now.total - before.total
    const busy = now.busy - before.busy
    before = now
    return { cpuShare: total > 0 ? busy / total : null, memoryShare: 1 - freemem() / totalmem() }
  }
}

function cpuTimes(): { readonly busy: number; readonly total: number } {
  const times = cpus().map((cpu) => cpu.times)
  const sum = (of: (cpu: (typeof times)[number]) => number): number => times.reduce((total, cpu) => total + of(cpu), 0)
  const busy = sum(({ user, nice, sys, irq }) => user + nice + sys + irq)
  return { busy, total: busy + sum(({ idle }) => idle) }
}
