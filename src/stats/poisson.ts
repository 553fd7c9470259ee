/*
 * Interval of a Poisson count, for rates that count events in a window.
 *
 * Method: Byar's approximation of the exact (Garwood) limits (Breslow & Day 1987, Statistical Methods in Cancer
 * Research II, eq. 2.10).
 * Assumes: events are independent. An even arrival schedule varies less and gets too wide an interval; bursts vary
 * more and get too narrow a one.
 * Fails for: counts below 5, where the upper limit is up to 1 % too low and the lower one too low (0.013 instead of
 * 0.025 at one event).
 */
import { normalQuantile } from './normal.ts'

/** Two-sided interval of the expected count after `count` events. */
export function poissonInterval(count: number, confidence: number = 0.95): readonly [number, number] {
  const z = normalQuantile(1 - (1 - confidence) / 2)
  const limit = (events: number, sign: 1 | -1): number =>
    events * Math.max(0, 1 - 1 / (9 * events) + (sign * z) / (3 * Math.sqrt(events))) ** 3
  return [count === 0 ? 0 : limit(count, -1), limit(count + 1, 1)]
}
