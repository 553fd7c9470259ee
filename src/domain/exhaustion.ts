import type { LevelKind, TrialSummary } from './capacity.ts'
import type { SpecId } from './spec-id.ts'

/** What shows that something gives out. */
export type SignKind =
  /** The host that runs the generators (and perhaps the target) had its processors busy. */
  | 'host-cpu'
  | 'host-memory'
  /** The generator was late, busy or lost: beyond this level nothing is known of the target. */
  | 'generator'
  /** The median latency is a multiple of what it was at the start. */
  | 'latency'
  /** Arrivals pile up. */
  | 'queue'
  /** Answers that refuse or fail: `429`, `503` and others. */
  | 'http'
  | 'timeout'
  /** Connections refused, reset, not resolved. */
  | 'connection'
  /** Malformed answers. */
  | 'protocol'
  /** Answers that the scenario's own check refused. */
  | 'check'
  /** Requests that were still running when their step ended. */
  | 'aborted'

/** One sign, where it was first seen. */
export interface ExhaustionSign {
  readonly kind: SignKind
  /** Tells signs of one kind apart, e.g. `503`, `ECONNREFUSED`; empty where there is nothing to tell. */
  readonly detail: string
  /** Microseconds since the start of the ramp, to the second at best. */
  readonly atUs: number
  /** Arrivals per second or users. */
  readonly level: number
  /** The figures, in words: `p50 latency 84 ms, 5.2 ms at the start`. */
  readonly figure: string
}

/** Why a ramp ended. */
export type ExhaustionEnd =
  /** The target left too many requests without a good answer. */
  | 'refused'
  /** The highest level was reached without that. */
  | 'to-reached'
  /** The generator could not apply more. */
  | 'generator'
  | 'aborted'

/** A ramp until something gives out. Travels to reporters. */
export interface ExhaustionSummary {
  readonly kind: 'exhaustion'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  readonly by: LevelKind
  readonly from: number
  readonly to: number
  /** Share of requests without a good answer from which the target refuses. */
  readonly refusal: number
  /** `null` while it runs. */
  readonly end: ExhaustionEnd | null
  /** In the order in which they appeared. */
  readonly signs: readonly ExhaustionSign[]
  /** Steps of the ramp, each a load; `failed` where the target refused. */
  readonly trials: readonly TrialSummary[]
  /** Sentences for the reader. */
  readonly notes: readonly string[]
}
