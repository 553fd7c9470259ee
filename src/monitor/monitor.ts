import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import type { TargetTotals } from '../domain/target-totals.ts'

/** Totals at absolute monotonic times; `fromUs` is `null` where nothing was seen before the load. */
export type SeenTotals = Omit<TargetTotals, 'fromUs'> & { readonly fromUs: number | null }

/** Hears of what cannot be read from now on, a sentence each; what was said before is not said again. */
export type NoteListener = (note: string) => void

/** A source of samples. Only `start` may throw, and none blocks for long; what cannot be read is absent. */
export interface Monitor {
  readonly watched: WatchedResource
  /** From one sample to the next, microseconds, where it differs from that of the others; may grow. */
  readonly everyUs?: number
  /**
   * Looks for what it reads from.
   * @param say hears of what can no longer be read later
   * @returns what cannot be read, a sentence each
   * @throws LoadError where the load would measure something else than what was declared
   */
  start(say: NoteListener): readonly string[] | Promise<readonly string[]>
  /**
   * Values now; rates are since the last call, and absent from the first.
   * @param nowUs absolute monotonic microseconds
   * @returns `null` where there is nothing to read
   */
  sample(nowUs: number): ResourceValues | null | Promise<ResourceValues | null>
  /** The load begins in a moment: totals count from the last sample on. */
  begin?(): void
  /** The load's last answer is there: what was counted since {@link begin}; `null` where that cannot be told. */
  totals?(): Promise<SeenTotals | null>
  stop(): void
}
