import type { ProfilePlan } from '../domain/load-plan.ts'

/** Iterations of this generator that are still to be started. */
export interface IterationBudget {
  /** Takes one for a user; false when none is left. */
  take(user: number): boolean
  isEmpty(user: number): boolean
  /** Takes all that are left and says how many. */
  takeAll(): number
}

/** A budget of so many iterations; unlimited (`null`) where the profile ends by time. */
export function iterationBudget(profile: ProfilePlan, iterations: number | null): IterationBudget {
  if (iterations === null) return { take: () => true, isEmpty: () => false, takeAll: () => 0 }
  return profile.executor === 'per-vu-iterations'
    ? perUserBudget(profile.iterationsPerUser, iterations)
    : sharedBudget(iterations)
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

function perUserBudget(each: number, iterations: number): IterationBudget {
  const taken = new Map<number, number>()
  let left = iterations
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
