import type { ComparisonVerdict } from '../domain/verdict.ts'

/** What a matcher states, before it is judged. */
export interface Claim {
  /** In words: `p99 latency below 1.5 s`. */
  readonly text: string
  /** What `.not` states: `p99 latency not below 1.5 s`. */
  readonly negatedText: string
  /** Looks at the numbers; only called when they may be judged. */
  judge(negated: boolean): Ruling
}

/** What the numbers say of a claim. */
export type Ruling = Judged | CannotJudge

/** The numbers speak for the claim, for its negation, or for neither (a part holds, a part does not). */
export interface Judged {
  readonly outcome: 'holds' | 'denied' | 'neither'
  /** The measured value with interval and n. */
  readonly measured: string
  /** `19 % under`; `null` when there is no distance. */
  readonly distance: string | null
  /** Why the data cannot exclude the opposite; `null` when they can. */
  readonly weakness: string | null
  /** What helps to understand it: slowest stage, most frequent error, next step; one sentence each. */
  readonly details: readonly string[]
  readonly comparison?: ComparisonVerdict
}

/** The numbers that the claim is about do not exist. */
export interface CannotJudge {
  readonly outcome: 'unknown'
  readonly reason: string
  readonly advice: string
}

/** A claim's texts from what it is about and what it says of it. */
export function claimTexts(what: string, relation: string): Pick<Claim, 'text' | 'negatedText'> {
  return { text: `${what} ${relation}`, negatedText: `${what} not ${relation}` }
}

/** Shorthand for a ruling without numbers. */
export function unknown(reason: string, advice: string): CannotJudge {
  return { outcome: 'unknown', reason, advice }
}
