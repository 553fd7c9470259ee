import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { RequestFailed, type ScenarioChecks } from '../scenarios/module.ts'

/** Longest detail of a failure. */
export const LONGEST_DETAIL = 40

/**
 * Tries all checks on a value.
 * @param count hears of each
 * @throws RequestFailed when one does not hold; LoadError `invalid-option` when one is no function or answers later
 */
export function runChecks<Value>(
  value: Value,
  checks: ScenarioChecks<Value>,
  count: (name: string, passed: boolean) => void,
): void {
  const failed: string[] = []
  const reasons: string[] = []
  for (const [name, holds] of Object.entries(checks)) {
    if (typeof holds !== 'function') throw refused(name, describe(holds))
    const result = tried(() => holds(value))
    // A promise is always truthy: it would pass whatever it comes to.
    if (typeof result.value === 'object' && result.value !== null && 'then' in result.value) {
      void Promise.resolve(result.value).catch(() => {})
      throw refused(name, 'a promise')
    }
    const passed = result.error === null && Boolean(result.value)
    count(name, passed)
    if (passed) continue
    failed.push(name)
    reasons.push(result.error === null ? name : `${name} (threw ${result.error})`)
  }
  const [first] = failed
  if (first === undefined) return
  throw new RequestFailed({
    kind: 'check',
    detail: first.slice(0, LONGEST_DETAIL),
    message: reasons.join(', ').slice(0, 300),
  })
}

/** What a check throws on an answer that it did not expect is a check that does not hold, and no error of the scenario. */
function tried(check: () => unknown): { readonly value: unknown; readonly error: string | null } {
  try {
    return { value: check(), error: null }
  } catch (error) {
    return { value: false, error: String(error) }
  }
}

function refused(name: string, got: string): LoadError {
  return new LoadError(
    'invalid-option',
    `checks(value, { ${describe(name)} }): got ${got}, takes a function that says at once whether it holds`,
    {
      hint: 'await what the check needs before, and hand it over as the value',
    },
  )
}
