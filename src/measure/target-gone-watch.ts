import type { OutcomeCounts } from '../domain/measurement.ts'
import type { LiveSecond } from './live-seconds.ts'

/** Fewer failures in all that time might be an accident of few requests. */
const FEWEST = 3

/** How long a target has been gone. */
export interface Absence {
  readonly seconds: number
  /** Requests that could not reach it or were not answered in time. */
  readonly failures: number
}

/**
 * Watches the seconds of a load for a target that is not there any more: requests fail to connect or run out of time,
 * and nothing else happens. A good answer, an answer that says no (`http`, `protocol`, `check`) and any byte of a body
 * are signs of life. The time counts from the first failure after the last of them: a target that is slow, or that nobody
 * has asked, is not gone.
 */
export class TargetGoneWatch {
  readonly #seconds: number
  #since: number | null = null
  #failures = 0

  /** @param seconds how long it must be gone */
  constructor(seconds: number) {
    this.#seconds = seconds
  }

  /** Takes the next second; `null` while the target may be there. */
  take({ second, outcomes, bytesReceived }: LiveSecond): Absence | null {
    if (bytesReceived > 0 || answered(outcomes)) {
      this.#since = null
      this.#failures = 0
      return null
    }
    const failures = (outcomes.failedByKind.connection ?? 0) + (outcomes.failedByKind.timeout ?? 0)
    if (failures > 0) this.#since ??= second
    this.#failures += failures
    if (this.#since === null || this.#failures < FEWEST) return null
    const seconds = second + 1 - this.#since
    return seconds >= this.#seconds ? { seconds, failures: this.#failures } : null
  }
}

function answered({ good, failedByKind: { http = 0, protocol = 0, check = 0 } }: OutcomeCounts): boolean {
  return good + http + protocol + check > 0
}
