import { LoadError } from '../domain/load-error.ts'
import { hasAskedRate, isArrivalProfile, type LoadPlan } from '../domain/load-plan.ts'
import { DURATION_FORM, describe } from '../domain/quantity.ts'
import { LOAD } from './load-schema.ts'

/**
 * Refuses a warm-up or cool-down that the profile has no load for.
 * @param options as the user wrote them
 * @throws LoadError `invalid-option`
 */
export function refuseCourse(
  options: object,
  { profile, warmup, cooldownUs }: Pick<LoadPlan, 'profile' | 'warmup' | 'cooldownUs'>,
): void {
  if (!isArrivalProfile(profile)) return
  if (profile.executor === 'burst-arrivals' && profile.everyUs !== null && warmup.kind === 'auto')
    refuse(options, 'warmup', `takes ${DURATION_FORM}, or { requests: n } with bursts, between which nothing is steady`)
  if (hasAskedRate(profile)) return
  if (warmup.kind !== 'requests' && !(warmup.kind === 'duration' && warmup.durationUs === 0))
    refuse(options, 'warmup', 'takes { requests: n } with a single burst, which has no rate to warm up at: n at once')
  if (cooldownUs > 0) refuse(options, 'cooldown', 'takes nothing with a single burst, after which no load goes on')
}

function refuse(options: object, name: string, takes: string): never {
  const got = describe((options as Readonly<Record<string, unknown>>)[name])
  throw new LoadError('invalid-option', `${LOAD}: option ${name}: got ${got}, ${takes}`)
}
