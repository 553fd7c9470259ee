import type { ExpectationRecord, Verdict } from '../domain/verdict.ts'
import type { Claim, Judged } from './claim.ts'
import { validityNotes } from './explanation.ts'
import { requireRequests, type Subject, subjectOf } from './subject.ts'

/** What Vitest expects of a matcher. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: string
  readonly expected?: string
}

/** A matcher as `expect.extend` takes it. */
export type Matcher = (
  this: { readonly isNot?: boolean },
  received: unknown,
  ...args: readonly unknown[]
) => MatcherResult

/**
 * Makes a matcher of a function that reads the arguments and states the claim. What all matchers share is here:
 * - bad arguments and a wrong subject throw before anything is judged;
 * - numbers that may not be judged throw `cannot judge`, under `.not` too, so that no negation makes a pass of them;
 * - a claim passes only when the numbers speak for it, its negation only when they speak against it;
 * - a pass whose data cannot exclude the opposite is `weak`, and a failure under `onInconclusive: 'fail'`;
 * - stages are refused unless the matcher judges durations, which are all they have;
 * - every judged expectation is recorded for the reporter.
 */
export function defineMatcher(
  name: string,
  state: (subject: Subject, args: readonly unknown[]) => Claim,
  judges: 'requests' | 'durations' = 'requests',
): Matcher {
  return function matcher(
    this: { readonly isNot?: boolean },
    received: unknown,
    ...args: readonly unknown[]
  ): MatcherResult {
    try {
      const found = subjectOf(received, name)
      const subject = judges === 'durations' ? found : requireRequests(found, name)
      return judge(name, subject, state(subject, args), this.isNot === true)
    } catch (error) {
      // The reader's line failed, not ours.
      if (error instanceof Error) Error.captureStackTrace(error, matcher)
      throw error
    }
  }
}

function judge(name: string, subject: Subject, claim: Claim, negated: boolean): MatcherResult {
  const text = negated ? claim.negatedText : claim.text
  const record = (rest: Omit<ExpectationRecord, 'matcher' | 'claim' | 'negated'>): void =>
    subject.context?.record({ matcher: name, claim: text, negated, ...rest })
  const cannotJudge = (verdict: 'invalid' | 'inconclusive', reasons: readonly string[]): Error => {
    record({ verdict, measured: '', notes: reasons })
    return new Error(`cannot judge: ${text}: ${reasons.join('\n  ')}`)
  }

  if (subject.validity.state === 'invalid' && subject.plan.onInvalid === 'fail') {
    throw cannotJudge('invalid', validityNotes(subject))
  }
  const ruling = claim.judge(negated)
  if (ruling.outcome === 'unknown') throw cannotJudge('inconclusive', [ruling.reason, ruling.advice])

  const verdict = verdictOf(ruling, negated, subject)
  const refused = verdict === 'weak' && ruling.weakness !== null && subject.plan.onInconclusive === 'fail'
  const satisfied = verdict !== 'fail' && !refused
  const notes = [
    ...(ruling.weakness === null ? [] : [ruling.weakness]),
    ...(refused ? ["a weak pass fails under onInconclusive: 'fail'"] : []),
    ...(satisfied && ruling.comparison === undefined ? [] : ruling.details),
    ...validityNotes(subject),
  ]
  record({
    verdict: refused ? 'fail' : verdict,
    measured: ruling.measured,
    notes,
    ...(ruling.distance === null ? {} : { distance: ruling.distance }),
    ...(ruling.comparison === undefined ? {} : { comparison: ruling.comparison }),
  })
  return {
    pass: satisfied !== negated,
    message: () => messageOf(text, ruling, notes),
    actual: ruling.measured,
    expected: text,
  }
}

/** Numbers of an invalid load that are judged all the same (`onInvalid: 'warn'`) never give more than a weak pass. */
function verdictOf(ruling: Judged, negated: boolean, subject: Subject): Verdict {
  if (ruling.outcome !== (negated ? 'denied' : 'holds')) return 'fail'
  return ruling.weakness !== null || subject.validity.state === 'invalid' ? 'weak' : 'pass'
}

function messageOf(text: string, ruling: Judged, notes: readonly string[]): string {
  return [
    `expected ${text}`,
    `  measured: ${ruling.measured}`,
    ...(ruling.distance === null ? [] : [`  distance: ${ruling.distance}`]),
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}
