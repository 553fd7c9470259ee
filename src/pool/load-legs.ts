import type { LoadPlan } from '../domain/load-plan.ts'
import { Aggregator } from '../measure/aggregator.ts'
import { restOf } from '../plan/rest-plan.ts'
import type { BrokenOff, JournalReport } from './ports.ts'
import type { GeneratorDelta } from './protocol.ts'

const REASON = 'its process ended'

/**
 * A load over all of its legs: what was measured before it broke off, what is left to drive, and one time base for both.
 * A load that never broke off is one leg from time 0.
 */
export class LoadLegs {
  readonly aggregator: Aggregator
  /** What generators have to do; `null` when all of it is done. */
  readonly rest: LoadPlan | null
  readonly #earlier: BrokenOff | null
  #offsetUs = 0

  /**
   * @param asked as the spec sent it: what the measurement tells
   * @param bundled the same as generators take it
   * @throws LoadError `cannot-resume` when what is left makes no sense alone
   */
  constructor(asked: LoadPlan, bundled: LoadPlan, earlier: BrokenOff | null) {
    this.#earlier = earlier
    // Numbers of a generator process belong to its place: the load keeps as many as it had.
    const generators = earlier?.generators ?? asked.generators
    this.aggregator = new Aggregator({ ...asked, generators }, earlier?.leg)
    this.aggregator.replay(earlier?.reports ?? [])
    this.rest = earlier === null ? bundled : restOf({ ...bundled, generators }, this.aggregator.progress())
  }

  /** Start of this leg, microseconds since the start of the first one; whole seconds. */
  get offsetUs(): number {
    return this.#offsetUs
  }

  /** When the first leg started; `null` when that is this one. */
  get startedAt(): string | null {
    return this.#earlier?.startedAt ?? null
  }

  /**
   * This leg's generators start now, or nothing is left for them to do.
   * @param nowMs milliseconds since the epoch: a clock that goes on while a machine is off
   * @returns what the journal must know of it; `null` for a first leg
   */
  begin(nowMs: number): JournalReport | null {
    if (this.#earlier === null) return null
    const { untilUs, complete } = this.aggregator.progress()
    if (this.rest === null) {
      this.#offsetUs = untilUs
      if (!complete) this.aggregator.endAfterBreak(REASON)
      return null
    }
    const elapsedS = Math.round((nowMs - Date.parse(this.#earlier.startedAt)) / 1e3)
    this.#offsetUs = Math.max(Math.ceil(untilUs / 1e6), elapsedS) * 1e6
    const resumed = { kind: 'resumed', atUs: this.#offsetUs, reason: REASON } as const
    this.aggregator.replay([resumed])
    return resumed
  }

  /** How the break reads; `null` for a load that never broke off. */
  get breakText(): string | null {
    if (this.#earlier === null) return null
    const { untilUs, complete } = this.aggregator.progress()
    const at = `${Math.round(untilUs / 1e6)} s`
    if (complete) return 'it had been measured to its end'
    return this.rest === null
      ? `it broke off at ${at}, after its last window: nothing is left to drive`
      : `it goes on where it broke off, at ${at}; its warm-up runs again`
  }

  /** A report of this leg's generators in the load's time base. */
  shifted(delta: GeneratorDelta): GeneratorDelta {
    const by = this.#offsetUs
    if (by === 0) return delta
    return {
      ...delta,
      atUs: delta.atUs + by,
      buckets: delta.buckets.map((bucket) => ({ ...bucket, second: bucket.second + by / 1e6 })),
      windows: delta.windows.map(({ window, startUs, endUs }) => ({
        window,
        startUs: startUs + by,
        endUs: endUs === null ? null : endUs + by,
      })),
    }
  }
}
