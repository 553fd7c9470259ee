import { isArrivalProfile, isIterationProfile, type LoadPlan } from '../domain/load-plan.ts'
import { dealt } from '../plan/pacer.ts'
import type { GeneratorPart } from '../pool/protocol.ts'
import { laneOf } from './load-driver.ts'

/** How many of the warm-up's requests this generator has to see ended; `null` where their number decides nothing. */
export function warmShare({ profile, warmup }: LoadPlan, part: GeneratorPart): number | null {
  if (warmup.kind !== 'requests' || warmup.requests === 0) return null
  const capacity = isArrivalProfile(profile)
    ? profile.maxUsers
    : isIterationProfile(profile)
      ? profile.users
      : profile.steps[0]!.users
  const lane = laneOf(part, capacity)
  return lane === null ? 0 : dealt(warmup.requests, lane)
}
