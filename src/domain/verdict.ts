/**
 * The verdict on one expectation.
 * `weak` is a pass whose data cannot exclude the limit; `inconclusive` has too little data; `invalid` means that the
 * generator, not the target, was measured.
 */
export type Verdict = 'pass' | 'weak' | 'fail' | 'inconclusive' | 'invalid'

/** The verdict of a comparison with a baseline or another measurement. */
export type ComparisonVerdict = 'REGRESSED' | 'IMPROVED' | 'OK' | 'INCONCLUSIVE' | 'INCOMPARABLE'

/** What one matcher found, as it travels to reporters through `task.meta.perf`. */
export interface ExpectationRecord {
  /** Matcher name, e.g. `toHaveP99Below`. */
  readonly matcher: string
  /** The claim in words, e.g. `p99 latency below 1.5 s`. */
  readonly claim: string
  readonly verdict: Verdict
  /** The measured value in words with interval and n. */
  readonly measured: string
  /** True when the claim was negated with `.not`. */
  readonly negated: boolean
  readonly comparison?: ComparisonVerdict
  /** How far inside (positive) or outside (negative) the limit the value is, in words: `19 % under`. */
  readonly distance?: string
  /** Why it is weak, why it cannot be judged, what a reader must know: one sentence each. */
  readonly notes?: readonly string[]
}
