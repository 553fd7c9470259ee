import { isIterationProfile, type ProfilePlan } from '../domain/load-plan.ts'
import { dealt, type Lane } from './pacer.ts'

/** How many of a profile's iterations fall to a generator; `null` where the load ends by time. */
export function iterationShare(profile: ProfilePlan, { index, count }: Lane): number | null {
  if (!isIterationProfile(profile)) return null
  if (profile.executor === 'per-vu-iterations')
    return profile.iterationsPerUser * dealt(profile.users, { index, count })
  // Generators without a user have nobody to iterate.
  const carriers = Math.min(count, profile.users)
  return index < carriers ? dealt(profile.iterations, { index, count: carriers }) : 0
}
