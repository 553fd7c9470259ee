import type { SpecId } from './spec-id.ts'

/** What a level counts: arrivals per second, or users. */
export type LevelKind = 'rate' | 'users'

/** A percentile that must stay below a limit. */
export interface PercentileLimit {
  readonly metric: 'latency' | 'ttft' | 'tpot'
  /** Over 0 and under 100. */
  readonly p: number
  /** Microseconds. */
  readonly limitUs: number
}

/** What must be kept at a level, all of it. That the load is sustained goes without saying. */
export interface SearchLimits {
  readonly percentiles: readonly PercentileLimit[]
  /** Largest share of requests without a good answer; `null` for 1 %, which belongs to "sustained". */
  readonly errorRate: number | null
  /** Smallest share of requests that meet the SLO; `null` when there is no such limit. */
  readonly goodFraction: number | null
}

/** `invalid`: the generator, not the target, was the bottleneck, so the trial says nothing. */
export type TrialOutcome = 'passed' | 'failed' | 'invalid'

/** One load of a search in numbers. Microseconds, events per second, shares; a missing value is `null`. */
export interface TrialSummary {
  /** Arrivals per second or users. */
  readonly level: number
  /** A longer trial at an end of the bracket that the search had found. */
  readonly confirming: boolean
  readonly outcome: TrialOutcome
  /** What decided, with figures: one sentence. */
  readonly why: string
  readonly windowUs: number
  readonly attempted: number
  /** Good answers per second. */
  readonly qps: number | null
  readonly latencyP50Us: number | null
  readonly latencyP99Us: number | null
  readonly errorRate: number | null
}

/** Why a search ended. */
export type CapacityEnd =
  /** Highest passing and first failing level are known to the precision asked for. */
  | 'found'
  /** The lowest level asked about fails already. */
  | 'from-fails'
  /** The highest level asked about still passes. */
  | 'to-passes'
  /** The generator could not apply more: the target's capacity is at least the highest passing level. */
  | 'generator'
  | 'trials-used-up'
  | 'time-used-up'
  | 'aborted'

/** A search for capacity: its question, its trials, its answer. Travels to reporters. */
export interface CapacitySummary {
  readonly kind: 'capacity'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  readonly by: LevelKind
  readonly from: number
  readonly to: number
  readonly limits: SearchLimits
  /** Width that the bracket was to reach, relative to its lower end. */
  readonly precision: number
  /** `null` while it runs. */
  readonly end: CapacityEnd | null
  readonly highestPassing: number | null
  readonly firstFailing: number | null
  /** Whether every confirming trial at `highestPassing` that counts has passed. */
  readonly confirmed: boolean
  /** In the order in which they ran. */
  readonly trials: readonly TrialSummary[]
  /** Sentences for the reader: contradicting trials, percentiles that the trials were too short for. */
  readonly notes: readonly string[]
}

/** The part that a load plays in a search. */
export interface SearchPart {
  /**
   * `trial`: one of many; it is shown in the search's block only, never in history, journals or baselines.
   * `answer`: a load like any other; what it is compared by is the search's question, not the level that was found.
   */
  readonly role: 'trial' | 'answer'
  /** Where the search stands, for the live line: `trial 4 of about 12 · 20/s passes, 40/s fails`. */
  readonly progress: string
  readonly by: LevelKind
  /** The level of this load. */
  readonly level: number
  /** The lowest level known to fail; `null` while none is. */
  readonly firstFailing: number | null
  /** What stands for the profile in the workload's digest: the question's options, plain data. */
  readonly question: unknown
}
