import { performance } from 'node:perf_hooks'

/** Pairs of readings of which the closest is kept. */
const READINGS = 20

/**
 * Microseconds of the monotonic clock that all processes of a machine share (`process.hrtime`), read through
 * `performance.now()`, which allocates nothing. The two tick together; what lies between them is found once, from the
 * pair of readings that was taken closest together, so a reading that was interrupted does not shift every later one.
 */
export function sharedClock(): () => number {
  let zeroUs = 0
  let closestUs = Infinity
  for (let i = 0; i < READINGS; i++) {
    const before = performance.now() * 1e3
    const at = Number(process.hrtime.bigint()) / 1e3
    const after = performance.now() * 1e3
    if (after - before >= closestUs) continue
    closestUs = after - before
    zeroUs = at - (before + after) / 2
  }
  return () => Math.floor(zeroUs + performance.now() * 1e3)
}

/** The same clock for those who read it seldom. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
