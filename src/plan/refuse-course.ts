import { LoadError } from '../domain/load-error.ts'
import { hasAskedRate, isArrivalProfile, type LoadPlan, type TracePlan } from '../domain/load-plan.ts'
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
  if (profile.executor === 'trace-arrivals') return refuseTraceCourse(options, profile, warmup, cooldownUs)
  if (!isArrivalProfile(profile)) return
  if (profile.executor === 'burst-arrivals' && profile.everyUs !== null && warmup.kind === 'auto')
    refuse(options, 'warmup', `takes ${DURATION_FORM}, or { requests: n } with bursts, between which nothing is steady`)
  if (hasAskedRate(profile)) return
  if (warmup.kind !== 'requests' && !(warmup.kind === 'duration' && warmup.durationUs === 0))
    refuse(options, 'warmup', 'takes { requests: n } with a single burst, which has no rate to warm up at: n at once')
  if (cooldownUs > 0) refuse(options, 'cooldown', 'takes nothing with a single burst, after which no load goes on')
}

/** A trace's warm-up is its beginning and its cool-down its end, and something must be left between them. */
function refuseTraceCourse(
  options: object,
  { lengthUs, arrivals }: TracePlan,
  warmup: LoadPlan['warmup'],
  cooldownUs: number,
): void {
  const seconds = lengthUs / 1e6
  if (warmup.kind === 'auto')
    refuse(options, 'warmup', `takes ${DURATION_FORM}, or { requests: n } with a trace, whose rate need not be steady`)
  if (warmup.kind === 'requests' && warmup.requests > 0 && warmup.requests >= arrivals)
    refuse(options, 'warmup', `takes fewer requests than the trace has (${arrivals}): its first ones are the warm-up`)
  if (warmup.kind === 'duration' && warmup.durationUs > 0 && warmup.durationUs >= lengthUs)
    refuse(options, 'warmup', `takes less than the trace's ${seconds} s: its beginning is the warm-up`)
  const warmupUs = warmup.kind === 'duration' ? warmup.durationUs : 0
  if (cooldownUs > 0 && warmupUs + cooldownUs >= lengthUs)
    refuse(options, 'cooldown', `takes less than what is left of the trace's ${seconds} s: its end is the cool-down`)
}

function refuse(options: object, name: string, takes: string): never {
  const got = describe((options as Readonly<Record<string, unknown>>)[name])
  throw new LoadError('invalid-option', `${LOAD}: option ${name}: got ${got}, ${takes}`)
}
