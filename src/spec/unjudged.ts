import type { MeasurementData } from '../domain/measurement.ts'
import type { SearchSummary } from '../domain/search.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'
import { answerText, openEndAdvice } from '../format/capacity-text.ts'

/** Why an invalid measurement must fail its test, when no matcher has said so; `null` when it need not. */
export function unjudgedLoad(
  { validity, plan }: MeasurementData,
  expectations: readonly ExpectationRecord[],
): Error | null {
  const judged = expectations.some(({ verdict }) => verdict === 'invalid')
  if (judged || validity.state !== 'invalid' || plan.onInvalid === 'warn') return null
  const reasons = validity.findings.map(({ message, advice }) => `${message}; ${advice}`)
  return withoutLines(`cannot judge: the load is invalid: ${reasons.join('\n  ')}`)
}

/** A failed claim on a capacity is none when its search did not come to where the target fails; `null` without such a search. */
export function openEnd(searches: readonly SearchSummary[]): Error | null {
  for (const search of searches) {
    const advice = search.kind === 'capacity' ? openEndAdvice(search) : null
    if (search.kind === 'capacity' && advice !== null) {
      return withoutLines(`cannot judge: capacity ${answerText(search)}\n  hint: ${advice}`)
    }
  }
  return null
}

/** No line of the user's is at fault, and ours say nothing. */
function withoutLines(message: string): Error {
  const error = new Error(message)
  error.stack = String(error)
  return error
}
