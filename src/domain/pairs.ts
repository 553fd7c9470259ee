import type { Comparison } from './comparison.ts'
import type { RecordedMetrics } from './history.ts'
import type { SpecId } from './spec-id.ts'
import type { ExpectationRecord } from './verdict.ts'

/** One of the two things that are compared: `a` is the base, `b` the candidate. */
export type PairSide = 'a' | 'b'

/** Both sides, loaded one after the other. */
export interface PairRun {
  /** Which side was loaded first: drawn anew for each pair. */
  readonly first: PairSide
  readonly a: RecordedMetrics
  readonly b: RecordedMetrics
  /** Why it takes no part in the comparison: a load of it was invalid. `null` where it does. */
  readonly excluded: string | null
}

/** A comparison in pairs as it stands. Travels to reporters. */
export interface PairsSummary {
  readonly kind: 'pairs'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  /** What the sides are, in words. */
  readonly names: Readonly<Record<PairSide, string>>
  /** Pairs that were asked for. */
  readonly asked: number
  readonly pairs: readonly PairRun[]
  /** Of `b` against `a`; `null` while it runs, and with fewer than two pairs. */
  readonly comparison: Comparison | null
  /** In the order in which they were judged. */
  readonly expectations: readonly ExpectationRecord[]
  /** `null` while it runs. */
  readonly end: 'done' | 'aborted' | null
}
