import type { CheckCounts } from '../domain/measurement.ts'
import type { CheckDelta } from '../pool/protocol.ts'
import { OUTSIDE } from './load-course.ts'

/** Adds up the named checks of measured windows. */
export class CheckSums {
  readonly #counts = new Map<string, CheckCounts>()

  add(checks: readonly CheckDelta[]): void {
    for (const { window, name, passed, failed } of checks) {
      if (window === OUTSIDE) continue
      const known = this.#counts.get(name) ?? { passed: 0, failed: 0 }
      this.#counts.set(name, { passed: known.passed + passed, failed: known.failed + failed })
    }
  }

  /** As deltas, of one window for all. */
  leg(): CheckDelta[] {
    return Array.from(this.#counts, ([name, counts]) => ({ window: 0, name, ...counts }))
  }

  total(): Record<string, CheckCounts> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
