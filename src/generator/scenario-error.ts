import { LoadError } from '../domain/load-error.ts'
import type { SerialisedError } from '../pool/protocol.ts'

/** An error of a scenario as it travels to the spec, with its stack in source positions. */
export function scenarioError(thrown: unknown): SerialisedError {
  if (thrown instanceof LoadError) {
    return { code: thrown.code, message: thrown.message, stack: thrown.stack ?? null }
  }
  if (thrown instanceof Error) {
    return { code: 'scenario-failed', message: `${thrown.name}: ${thrown.message}`, stack: thrown.stack ?? null }
  }
  return { code: 'scenario-failed', message: `the scenario threw ${String(thrown)}, which is no Error`, stack: null }
}
