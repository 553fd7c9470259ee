import { LoadError } from '../domain/load-error.ts'
import type { ProfilePlan } from '../domain/load-plan.ts'
import { describe } from '../domain/quantity.ts'
import { BURSTS, CONSTANT_RATE, STEPPED_RATE } from './arrival-options.ts'
import { LOAD, type OptionsPart } from './load-schema.ts'
import { type ReadRows, traceOptions } from './trace-options.ts'
import { CONSTANT_USERS, PER_USER_ITERATIONS, SHARED_ITERATIONS, STEPPED_USERS } from './user-options.ts'

const PROFILES_HINT =
  'give one of { users, iterations }, { users, iterationsPerUser }, { users, duration }, { rate, duration }, { steps: [{ rate | users, duration }] }, { burst }, { trace }'

type Options = Readonly<Record<string, unknown>>

/** The option that each profile is known by; `users` goes with several and decides only alone. */
const PROFILES: Readonly<Record<string, (options: Options, readRows: ReadRows) => OptionsPart<ProfilePlan>>> = {
  rate: () => CONSTANT_RATE,
  burst: () => BURSTS,
  trace: (_options, readRows) => traceOptions(readRows),
  iterations: () => SHARED_ITERATIONS,
  iterationsPerUser: () => PER_USER_ITERATIONS,
  steps: ({ steps }) => (isStepOfUsers(Array.isArray(steps) ? steps[0] : null) ? STEPPED_USERS : STEPPED_RATE),
}

/**
 * Which profile the keys ask for.
 * @throws LoadError `invalid-option` when they ask for none or for several
 */
export function profileOptions(options: unknown, readRows: ReadRows): OptionsPart<ProfilePlan> {
  if (!isOptions(options)) {
    throw new LoadError('invalid-option', `${LOAD}: the options: got ${describe(options)}, takes an object`, {
      hint: PROFILES_HINT,
    })
  }
  const [name, ...more] = Object.keys(PROFILES).filter((key) => options[key] !== undefined)
  if (name !== undefined && more.length > 0) {
    throw new LoadError('invalid-option', `${LOAD}: options ${[name, ...more].join(' and ')} exclude each other`, {
      hint: PROFILES_HINT,
    })
  }
  if (name !== undefined) return PROFILES[name]!(options, readRows)
  if (options['users'] !== undefined) return CONSTANT_USERS
  throw new LoadError('invalid-option', `${LOAD}: no load profile: got ${describe(options)}`, { hint: PROFILES_HINT })
}

function isOptions(options: unknown): options is Options {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
}

function isStepOfUsers(step: unknown): boolean {
  return typeof step === 'object' && step !== null && 'users' in step
}
