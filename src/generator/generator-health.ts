import type { GeneratorDelta } from '../pool/protocol.ts'
import { IntervalHistogram } from './interval-histogram.ts'

/** How often the event loop is asked whether it is late. */
const EVERY_MS = 10

/** How a generator fares. */
export type HealthReading = Pick<GeneratorDelta, 'cpuShare' | 'loopDelay' | 'rssBytes' | 'clockOffsetUs'>

/** Watches this process; each reading is about the time since the last one. */
export interface HealthProbe {
  read(): HealthReading
}

/**
 * Watches this process. The loop's delay is how late a 10 ms timer fires; the pacing loop's blocked slices last a
 * hundredth of that and do not show.
 * @param nowUs monotonic clock, microseconds
 */
export function processHealth(nowUs: () => number): HealthProbe {
  const delays = new IntervalHistogram()
  let firedUs = nowUs()
  setInterval(() => {
    const previousUs = firedUs
    firedUs = nowUs()
    delays.record(Math.max(0, firedUs - previousUs - EVERY_MS * 1e3))
  }, EVERY_MS)
  let cpu = process.cpuUsage()
  let atUs = nowUs()
  return {
    read: () => {
      const { user, system } = process.cpuUsage(cpu)
      const elapsedUs = nowUs() - atUs
      cpu = process.cpuUsage()
      atUs = nowUs()
      return {
        cpuShare: elapsedUs > 0 ? (user + system) / elapsedUs : 0,
        loopDelay: delays.drain(),
        rssBytes: process.memoryUsage.rss(),
        clockOffsetUs: Date.now() * 1e3 - nowUs(),
      }
    },
  }
}
