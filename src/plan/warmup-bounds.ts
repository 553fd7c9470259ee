import { isIterationProfile, type LoadPlan, type ProfilePlan, type WarmupBounds } from '../domain/load-plan.ts'
import { timelineOf } from './timeline.ts'

/** A warm-up may take at most this part of what is measured. */
const LARGEST_PART = 1 / 3

/**
 * The longest automatic warm-up of a plan: a third of its measured windows, ramps between them left out. Iteration
 * profiles measure a count: at most a third of their iterations, and of `maxDuration`.
 */
export function warmupBounds(plan: Pick<LoadPlan, 'profile' | 'cooldownUs'>): WarmupBounds {
  const { profile } = plan
  const { windows } = timelineOf({ ...plan, warmup: { kind: 'auto' } }, 0)
  const measuredUs = isIterationProfile(profile)
    ? profile.maxDurationUs
    : windows.reduce((total, { startUs, endUs }) => total + endUs - startUs, 0)
  const iterations = iterationsOf(profile)
  return {
    fromUs: windows[0]!.startUs,
    longestUs: measuredUs * LARGEST_PART,
    mostRequests: iterations === null ? null : iterations * LARGEST_PART,
  }
}

function iterationsOf(profile: ProfilePlan): number | null {
  if (profile.executor === 'shared-iterations') return profile.iterations
  return profile.executor === 'per-vu-iterations' ? profile.users * profile.iterationsPerUser : null
}
