import type { LiveSnapshot } from '../domain/live.ts'
import { isArrivalProfile, isIterationProfile, type LoadPlan } from '../domain/load-plan.ts'
import type { SecondBucket, StepData } from '../domain/measurement.ts'

/** The protocol's index for warm-up, ramps and cool-down, which belong to no window. */
export const OUTSIDE = -1

/** Asked rate or users of each step; iteration profiles have one. */
export function levelsOf({ profile }: LoadPlan): readonly Pick<StepData, 'ratePerSecond' | 'users'>[] {
  if (isIterationProfile(profile)) return [{ ratePerSecond: null, users: profile.users }]
  if (isArrivalProfile(profile)) return profile.steps.map(({ ratePerSecond }) => ({ ratePerSecond, users: null }))
  return profile.steps.map(({ users }) => ({ ratePerSecond: null, users }))
}

/** Part of the plan that is done, 0..1: by count where it ends by count, `null` while its end is unknown. */
export function progressOf(
  { profile }: LoadPlan,
  { elapsedUs, remainingUs }: Pick<LiveSnapshot, 'elapsedUs' | 'remainingUs'>,
  ended: number,
): number | null {
  if (profile.executor === 'shared-iterations') return Math.min(1, ended / profile.iterations)
  if (profile.executor === 'per-vu-iterations') return Math.min(1, ended / (profile.users * profile.iterationsPerUser))
  return remainingUs === null ? null : elapsedUs / Math.max(1, elapsedUs + remainingUs)
}

/** The phase of a time; ramps between windows count as warm-up. */
export function phaseAt(us: number, windows: readonly Pick<StepData, 'startUs' | 'endUs'>[]): SecondBucket['phase'] {
  if (windows.some(({ startUs, endUs }) => us >= startUs && us < endUs)) return 'measure'
  return us >= (windows.at(-1)?.endUs ?? Infinity) ? 'cooldown' : 'warmup'
}
