import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const SAMPLE_MS = 200
const AT_MOST_MS = 2000
const BUSY_SHARE = 0.25

/**
 * Waits until the machine is idle enough to measure, at most two seconds: Vitest does not await the exit of workers of
 * the group before ours.
 */
export async function awaitQuiet(): Promise<void> {
  const deadline = Date.now() + AT_MOST_MS
  let before = cpuTimes()
  while (Date.now() < deadline) {
    await sleep(SAMPLE_MS)
    const now = cpuTimes()
    const total = now.total - before.total
    if (total === 0 || (now.busy - before.busy) / total < BUSY_SHARE) return
    before = now
  }
}

function cpuTimes(): { busy: number; total: number } {
  let busy = 0
  let total = 0
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq
    busy += used
    total += used + times.idle
  }
  return { busy, total }
}
