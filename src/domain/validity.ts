/** What made a measurement suspect or invalid. */
export type ValidityCause =
  | 'generator-late'
  | 'generator-busy'
  | 'rate-not-reached'
  | 'generator-lost'
  | 'clock'
  | 'drift'
  | 'not-steady'
  | 'tokens-disagree'
  | 'too-few-requests'
  | 'aborted'
  | 'resumed'

export interface ValidityFinding {
  readonly cause: ValidityCause
  readonly severity: 'suspect' | 'invalid'
  /** A sentence with the figures, e.g. `pacer lag p99 14 ms is over 2 ms`. */
  readonly message: string
  /** What to do about it. */
  readonly advice: string
}

/**
 * Whether the numbers may be judged. `invalid`: no matcher may pass or fail on them and the test fails.
 * `findings` holds every suspect and invalid cause, invalid ones first.
 */
export interface Validity {
  readonly state: 'valid' | 'suspect' | 'invalid'
  readonly findings: readonly ValidityFinding[]
}

export const VALID: Validity = { state: 'valid', findings: [] }

/** The validity that a list of findings amounts to. */
export function validityOf(findings: readonly ValidityFinding[]): Validity {
  const invalid = findings.filter((finding) => finding.severity === 'invalid')
  const suspect = findings.filter((finding) => finding.severity === 'suspect')
  return {
    state: invalid.length > 0 ? 'invalid' : suspect.length > 0 ? 'suspect' : 'valid',
    findings: [...invalid, ...suspect],
  }
}
