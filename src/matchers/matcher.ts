import type { OnInconclusive } from '../domain/load-plan.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Validity } from '../domain/validity.ts'
import type { ExpectationRecord, Verdict } from '../domain/verdict.ts'
import type { Claim, Judged } from './claim.ts'
import { validityNotes } from './explanation.ts'
import { type LoadPart, loadsOf, requireRequests, type Subject, subjectOf } from './subject.ts'

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
 * - a sweep holds when every cell holds, under `.not` when every cell is denied; a cell that failed cannot be judged;
 * - every judged expectation is recorded for the reporter.
 */
export function defineMatcher(
  name: string,
  state: (subject: Subject, args: readonly unknown[]) => Claim,
  judges: 'requests' | 'durations' = 'requests',
  /** Of several loads: `rate` takes every cell of a sweep, but one service at a time. */
  takes: 'every' | 'rate' | 'one' = 'every',
): Matcher {
  return failingAtReader(function (received, ...args) {
    const negated = this.isNot === true
    const several = loadsOf(received)
    if (several !== null && (takes === 'every' || (takes === 'rate' && several.kind === 'cell'))) {
      return judgeEvery(name, several.parts, (subject) => state(subject, args), negated)
    }
    const found = subjectOf(received, name)
    const subject = judges === 'durations' ? found : requireRequests(found, name)
    return judge(name, standingOf(subject), state(subject, args), negated)
  })
}

/** The same matcher; what it throws points at the reader's line, which failed, not at ours. */
export function failingAtReader(inner: Matcher): Matcher {
  return function matcher(received, ...args) {
    try {
      return inner.call(this, received, ...args)
    } catch (error) {
      if (error instanceof Error) Error.captureStackTrace(error, matcher)
      throw error
    }
  }
}

/** What decides how a claim is judged, whatever it is about. */
export interface Standing {
  readonly validity: Validity
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: OnInconclusive
  /** Hears of every judged expectation, whatever came of it. */
  record(expectation: ExpectationRecord): void
}

/**
 * Makes a matcher of a function that reads what `expect()` was given, and states the claim; for what is no load. All
 * rules of {@link defineMatcher} about verdicts hold.
 */
export function defineClaim(
  name: string,
  state: (received: unknown, args: readonly unknown[]) => { readonly standing: Standing; readonly claim: Claim },
): Matcher {
  return failingAtReader(function (received, ...args) {
    const { standing, claim } = state(received, args)
    return judge(name, standing, claim, this.isNot === true)
  })
}

function standingOf({ validity, plan, context }: Subject): Standing {
  const { onInvalid, onInconclusive } = plan
  return { validity, onInvalid, onInconclusive, record: (expectation) => context?.record(expectation) }
}

function judge(name: string, standing: Standing, claim: Claim, negated: boolean): MatcherResult {
  const text = negated ? claim.negatedText : claim.text
  const record = (rest: Omit<ExpectationRecord, 'matcher' | 'claim' | 'negated'>): void =>
    standing.record({ matcher: name, claim: text, negated, ...rest })
  const cannotJudge = (verdict: 'invalid' | 'inconclusive', reasons: readonly string[]): Error => {
    record({ verdict, measured: '', notes: reasons })
    return new Error(`cannot judge: ${text}: ${reasons.join('\n  ')}`)
  }

  if (standing.validity.state === 'invalid' && standing.onInvalid === 'fail') {
    throw cannotJudge('invalid', validityNotes(standing))
  }
  const ruling = claim.judge(negated)
  if (ruling.outcome === 'unknown') throw cannotJudge('inconclusive', [ruling.reason, ruling.advice])

  const verdict = verdictOf(ruling, negated, standing)
  const refused = verdict === 'weak' && ruling.weakness !== null && standing.onInconclusive === 'fail'
  const satisfied = verdict !== 'fail' && !refused
  const notes = [
    ...(ruling.weakness === null ? [] : [ruling.weakness]),
    ...(refused ? ["a weak pass fails under onInconclusive: 'fail'"] : []),
    ...(satisfied && ruling.comparison === undefined ? [] : ruling.details),
    ...validityNotes(standing),
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
 * Judges every service or cell by itself, so that each has its verdict in the report. What cannot be judged of one cannot be
 * judged of the whole; the whole passes when all pass, and its negation when the negation passes for all.
 */
function judgeEvery(
  name: string,
  parts: readonly LoadPart[],
  state: (subject: Subject) => Claim,
  negated: boolean,
): MatcherResult {
  const claims = parts.map(({ name: part, subject, why }) => ({
    part,
    why,
    judged: subject === null ? null : { subject, claim: ofPart(part, () => state(subject)) },
  }))
  const rulings = claims.map(({ part, why, judged }) => {
    try {
      if (why !== null || judged === null) throw new Error(`cannot judge: it failed: ${why}`)
      const { pass, message, actual } = judge(name, standingOf(judged.subject), judged.claim, negated)
      return { part, outcome: pass === negated ? 'broken' : 'satisfied', text: message(), actual }
    } catch (error) {
      return { part, outcome: 'unjudged', text: (error as Error).message, actual: '' }
    }
  })
  const wrong = rulings.filter(({ outcome }) => outcome !== 'satisfied')
  const text = wrong.map((ruling) => `${ruling.part}: ${ruling.text}`).join('\n')
  if (wrong.some(({ outcome }) => outcome === 'unjudged')) throw new Error(text)
  const { claim } = claims[0]!.judged!
  return {
    pass: (wrong.length === 0) !== negated,
    message: () => text,
    actual: wrong.map(({ part, actual }) => `${part}: ${actual}`).join('\n'),
    expected: `${negated ? claim.negatedText : claim.text}, of every ${claims[0]!.part.split(' ', 1)[0]}`,
  }
}

/** @throws LoadError when the claim cannot be stated, with the name of the part that lacks something */
function ofPart<Result>(part: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    // A wrong argument is wrong for every part.
    if (!(error instanceof LoadError) || error.code === 'invalid-option') throw error
    throw new LoadError(error.code, `${part}: ${error.message}`)
  }
}

/** Numbers of an invalid load that are judged all the same (`onInvalid: 'warn'`) never give more than a weak pass. */
function verdictOf(ruling: Judged, negated: boolean, { validity }: Standing): Verdict {
  if (ruling.outcome !== (negated ? 'denied' : 'holds')) return 'fail'
  return ruling.weakness !== null || validity.state === 'invalid' ? 'weak' : 'pass'
}

function messageOf(text: string, ruling: Judged, notes: readonly string[]): string {
  return [
    `expected ${text}`,
    `  measured: ${ruling.measured}`,
    ...(ruling.distance === null ? [] : [`  distance: ${ruling.distance}`]),
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}
