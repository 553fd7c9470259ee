import { LoadError } from '../domain/load-error.ts'
import type { ExpectationRecord, Verdict } from '../domain/verdict.ts'
import type { Claim, Judged } from './claim.ts'
import { validityNotes } from './explanation.ts'
import { requireRequests, servicesOf, type Subject, subjectOf } from './subject.ts'

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
 * - a load of several services holds when every service holds, under `.not` when every service is denied; matchers of
 *   rates and of comparisons with another load take one service, as a number for all would be read as their sum;
 * - every judged expectation is recorded for the reporter.
 */
export function defineMatcher(
  name: string,
  state: (subject: Subject, args: readonly unknown[]) => Claim,
  judges: 'requests' | 'durations' = 'requests',
  services: 'every' | 'one' = 'every',
): Matcher {
  return function matcher(
    this: { readonly isNot?: boolean },
    received: unknown,
    ...args: readonly unknown[]
  ): MatcherResult {
    const negated = this.isNot === true
    try {
      const several = services === 'every' ? servicesOf(received) : null
      if (several !== null) return judgeEvery(name, several, (subject) => state(subject, args), negated)
      const found = subjectOf(received, name)
      const subject = judges === 'durations' ? found : requireRequests(found, name)
      return judge(name, subject, state(subject, args), negated)
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

/**
 * Judges every service by itself, so that each has its verdict in the report. What cannot be judged of one cannot be
 * judged of the whole; the whole passes when all pass, and its negation when the negation passes for all.
 */
function judgeEvery(
  name: string,
  services: readonly (readonly [service: string, Subject])[],
  state: (subject: Subject) => Claim,
  negated: boolean,
): MatcherResult {
  const claims = services.map(([service, subject]) => ({
    service,
    subject,
    claim: ofService(service, () => state(subject)),
  }))
  const rulings = claims.map(({ service, subject, claim }) => {
    try {
      const { pass, message, actual } = judge(name, subject, claim, negated)
      return { service, outcome: pass === negated ? 'broken' : 'satisfied', text: message(), actual }
    } catch (error) {
      return { service, outcome: 'unjudged', text: (error as Error).message, actual: '' }
    }
  })
  const wrong = rulings.filter(({ outcome }) => outcome !== 'satisfied')
  const text = wrong.map((ruling) => `service ${ruling.service}: ${ruling.text}`).join('\n')
  if (wrong.some(({ outcome }) => outcome === 'unjudged')) throw new Error(text)
  return {
    pass: (wrong.length === 0) !== negated,
    message: () => text,
    actual: wrong.map(({ service, actual }) => `${service}: ${actual}`).join('\n'),
    expected: `${negated ? claims[0]!.claim.negatedText : claims[0]!.claim.text}, of every service`,
  }
}

/** @throws LoadError when the claim cannot be stated, with the name of the service that lacks something */
function ofService<Result>(service: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    // A wrong argument is wrong for every service.
    if (!(error instanceof LoadError) || error.code === 'invalid-option') throw error
    throw new LoadError(error.code, `service ${service}: ${error.message}`)
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
