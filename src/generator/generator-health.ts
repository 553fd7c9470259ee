import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { GeneratorDelta } from '../pool/protocol.ts'

/** How often the event loop is asked whether it is late. */
const RESOLUTION_MS = 10

/** How a generator fares. */
export type HealthReading = Pick<GeneratorDelta, 'cpuShare' | 'loopDelayP99Us' | 'rssBytes' | 'clockOffsetUs'>

/** Watches this process; each reading is about the time since the last one. */
export interface HealthProbe {
  read(): HealthReading
  close(): void
}

/**
 * Watches this process. The loop's delay is how late a 10 ms timer fires; the pacing loop's blocked slices last a
 * hundredth of that and do not show.
 * @param nowUs monotonic clock, microseconds
 */
export function processHealth(nowUs: () => number): HealthProbe {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let cpu = process.cpuUsage()
  let atUs = nowUs()
  return {
    read: () => {
      const { user, system } = process.cpuUsage(cpu)
      const elapsedUs = nowUs() - atUs
      cpu = process.cpuUsage()
      atUs = nowUs()
      const p99Us = delay.percentile(99) / 1e3
      delay.reset()
      return {
        cpuShare: elapsedUs > 0 ? (user + system) / elapsedUs : 0,
        // The histogram holds whole intervals between two timers.
        loopDelayP99Us: Math.max(0, Math.round(p99Us - RESOLUTION_MS * 1e3)) || 0,
        rssBytes: process.memoryUsage.rss(),
        clockOffsetUs: Date.now() * 1e3 - nowUs(),
      }
    },
    close: () => void delay.disable(),
  }
}
