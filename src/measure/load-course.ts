import type { LiveSnapshot } from '../domain/live.ts'
import { isArrivalProfile, isIterationProfile, type LoadPlan, type RateStep } from '../domain/load-plan.ts'
import type { SecondBucket, StepData } from '../domain/measurement.ts'

/** The protocol's index for warm-up, ramps and cool-down, which belong to no window. */
export const OUTSIDE = -1

/**
 * Asked rate or users of each step; iteration profiles, bursts and traces have one. A rate that varies counts with its mean over
 * the window; a single burst has none.
 */
export function levelsOf({ profile }: LoadPlan): readonly Pick<StepData, 'ratePerSecond' | 'users'>[] {
  if (isIterationProfile(profile)) return [{ ratePerSecond: null, users: profile.users }]
  if (profile.executor === 'burst-arrivals')
    return [{ ratePerSecond: profile.everyUs === null ? null : (profile.burst * 1e6) / profile.everyUs, users: null }]
  // What a trace asks for depends on where in it the window lies: the arrivals themselves tell.
  if (profile.executor === 'trace-arrivals') return [{ ratePerSecond: null, users: null }]
  if (isArrivalProfile(profile)) return profile.steps.map((step) => ({ ratePerSecond: meanRate(step), users: null }))
  return profile.steps.map(({ users }) => ({ ratePerSecond: null, users }))
}

/** Whether the asked level changes inside a window: latency then changes with it, which is no drift. */
export function isUneven({ profile }: LoadPlan): boolean {
  return profile.executor === 'sine-arrival-rate' || profile.executor === 'trace-arrivals'
}

/** A wave's mean over whole periods is its centre; over a part of one it is not. */
function meanRate({ ratePerSecond, durationUs, sine }: RateStep): number {
  if (sine === undefined) return ratePerSecond
  const turns = (durationUs % sine.periodUs) / sine.periodUs
  const surplus = (sine.amplitudePerSecond * sine.periodUs * (1 - Math.cos(2 * Math.PI * turns))) / (2 * Math.PI)
  return ratePerSecond + surplus / durationUs
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
