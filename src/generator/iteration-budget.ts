import { isIterationProfile, type ProfilePlan } from '../domain/load-plan.ts'
import { dealt } from '../plan/pacer.ts'
import type { GeneratorPart } from '../pool/protocol.ts'
import { laneOf } from './load-driver.ts'

/** Iterations of this generator that are still to be started. */
export interface IterationBudget {
  /** Takes one for a user; false when none is left. */
  take(user: number): boolean
  isEmpty(user: number): boolean
  /** Takes all that are left and says how many. */
  takeAll(): number
}

/** The budget that a profile gives to one generator: unlimited unless the profile ends by count. */
export function iterationBudget(profile: ProfilePlan, part: GeneratorPart): IterationBudget {
  if (!isIterationProfile(profile)) return { take: () => true, isEmpty: () => false, takeAll: () => 0 }
  const users = laneOf(part, profile.users)
  if (profile.executor === 'shared-iterations')
    return sharedBudget(users === null ? 0 : dealt(profile.iterations, users))
  return perUserBudget(profile.iterationsPerUser, users === null ? 0 : dealt(profile.users, part))
}

function sharedBudget(iterations: number): IterationBudget {
  let left = iterations
  return {
    take: () => left-- > 0,
    isEmpty: () => left <= 0,
    takeAll: () => {
      const all = Math.max(0, left)
      left = 0
      return all
    },
  }
}

function perUserBudget(each: number, users: number): IterationBudget {
  const taken = new Map<number, number>()
  let left = each * users
  return {
    take: (user) => {
      const before = taken.get(user) ?? 0
      if (before >= each || left <= 0) return false
      taken.set(user, before + 1)
      left--
      return true
    },
    isEmpty: (user) => (taken.get(user) ?? 0) >= each || left <= 0,
    takeAll: () => {
      const all = left
      left = 0
      return all
    },
  }
}
