import type { SpecId } from './spec-id.ts'
import type { ExpectationRecord } from './verdict.ts'

/** One start of the thing under test. Microseconds; a missing value is `null`. */
export interface ColdStartRun {
  /** From the start of its process until it was ready. */
  readonly readyUs: number
  /** Loading the model, as the server tells it. */
  readonly modelLoadUs: number | null
  /** From the first request sent to the end of the first good answer, failed attempts and the pauses between them included. */
  readonly firstAnswerUs: number
  /** `readyUs` + `firstAnswerUs`: our own pause between the two is no part of it. */
  readonly coldStartUs: number
  /** From ready until our first request was sent: what the server did in this time by itself no figure shows. */
  readonly idleUs: number
  /** Attempts before the first good answer. */
  readonly failedBefore: number
  /** Of each request from the first good one on; `null` for one that failed. */
  readonly latenciesUs: readonly (number | null)[]
  /** Median latency of the second half of the requests. */
  readonly steadyUs: number | null
  /** Requests before the first of three in a row that are as fast as the steady ones; `null` when there are none. */
  readonly untilSteady: number | null
  /** Latency of the first good request / `steadyUs`. */
  readonly firstRequestPenalty: number | null
}

/** Starts of one thing, as far as they have come. Travels to reporters. */
export interface ColdStartSummary {
  readonly kind: 'cold-start'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  /** Starts that were asked for. */
  readonly asked: number
  readonly runs: readonly ColdStartRun[]
  /** In the order in which they were judged. */
  readonly expectations: readonly ExpectationRecord[]
  /** Sentences for the reader. */
  readonly notes: readonly string[]
  /** `null` while it runs. */
  readonly end: 'done' | 'aborted' | null
}

/** Requests in a row that must be as fast as the steady ones. */
const IN_A_ROW = 3
/** A request is as fast as the steady ones within this part more, or this much. */
const STEADY_SHARE = 0.25
const STEADY_US = 1000

/**
 * What the latencies after a start say of the warm-up. Steady is the median of the second half: when the requests were
 * too few to become steady, the penalty is too small, never too large.
 */
export function warmingOf(
  latenciesUs: readonly (number | null)[],
): Pick<ColdStartRun, 'steadyUs' | 'untilSteady' | 'firstRequestPenalty'> {
  const later = latenciesUs.slice(Math.floor(latenciesUs.length / 2)).filter((latency) => latency !== null)
  if (later.length === 0) return { steadyUs: null, untilSteady: null, firstRequestPenalty: null }
  const steadyUs = later.toSorted((a, b) => a - b)[Math.ceil(later.length / 2) - 1]!
  const limit = Math.max(steadyUs * (1 + STEADY_SHARE), steadyUs + STEADY_US)
  const fast = latenciesUs.map((latency) => latency !== null && latency <= limit)
  const first = fast.findIndex((_, i) => i + IN_A_ROW <= fast.length && fast.slice(i, i + IN_A_ROW).every(Boolean))
  const [firstUs = null] = latenciesUs
  return {
    steadyUs,
    untilSteady: first < 0 ? null : first,
    firstRequestPenalty: firstUs === null || steadyUs === 0 ? null : firstUs / steadyUs,
  }
}
