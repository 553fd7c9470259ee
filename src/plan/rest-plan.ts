import { LoadError } from '../domain/load-error.ts'
import {
  isIterationProfile,
  type LoadPlan,
  type PerUserIterationsPlan,
  type SharedIterationsPlan,
} from '../domain/load-plan.ts'
import type { LoadProgress } from '../domain/load-progress.ts'
import { timelineOf } from './timeline.ts'

/**
 * What is left to do of a load that broke off; `null` when nothing is.
 *
 * Profiles that end by time go on where they were, in the middle of a step or ramp, after their warm-up: generators and
 * target are cold again. Profiles that end by count do the iterations that are missing; where each user had a number of
 * its own, the users share the rest, since nobody knows how far each had come.
 * @throws LoadError `cannot-resume` for a trace and for a single burst, whose arrivals only make sense together
 */
export function restOf(plan: LoadPlan, done: LoadProgress): LoadPlan | null {
  if (done.complete) return null
  const { profile } = plan
  if (isIterationProfile(profile)) return restOfIterations(plan, profile, done)
  // Before its first window nothing was measured: it starts anew. The rows of a trace belong to its times.
  if (done.windows.length === 0)
    return profile.executor === 'trace-arrivals' ? plan : { ...plan, rest: { doneUs: 0, iterations: done.started } }
  const whole = timelineOf({ ...plan, warmup: { kind: 'duration', durationUs: 0 } })
  const opensAt = whole.windows[0]!.startUs
  if (profile.executor === 'trace-arrivals' || whole.windows.at(-1)!.endUs === Infinity) {
    const what = profile.executor === 'trace-arrivals' ? 'a trace' : 'a single burst'
    throw new LoadError('cannot-resume', `${what} cannot go on after a break`, { hint: 'run the test again as usual' })
  }
  const doneUs = courseUs(whole.windows, done) - opensAt
  if (doneUs >= whole.windows.at(-1)!.endUs - opensAt) return null
  return {
    ...plan,
    // Bursts have no level at which a target could warm up.
    warmup: 'steps' in profile ? plan.warmup : { kind: 'duration', durationUs: 0 },
    rest: { doneUs, iterations: done.started },
  }
}

/** Where in its course a load broke off: inside the last window that had opened, or some time after that closed. */
function courseUs(
  windows: readonly { readonly window: number; readonly startUs: number; readonly endUs: number }[],
  { windows: opened, untilUs }: LoadProgress,
): number {
  const last = opened.at(-1)!
  const planned = windows.find(({ window }) => window === last.window)!
  if (last.closedUs === null) return Math.min(planned.endUs, planned.startUs + last.measuredUs)
  const next = windows.find(({ startUs }) => startUs >= planned.endUs)?.startUs ?? Infinity
  return Math.min(next, planned.endUs + untilUs - last.closedUs)
}

function restOfIterations(
  plan: LoadPlan,
  profile: SharedIterationsPlan | PerUserIterationsPlan,
  { attempted, started, windows }: LoadProgress,
): LoadPlan | null {
  const { users, thinkTime } = profile
  const shared = profile.executor === 'shared-iterations'
  const left = (shared ? profile.iterations : profile.iterationsPerUser * users) - attempted
  const maxDurationUs = profile.maxDurationUs - (windows[0]?.measuredUs ?? 0)
  if (left <= 0 || maxDurationUs <= 0) return null
  const rest: LoadPlan['profile'] =
    attempted === 0
      ? { ...profile, maxDurationUs }
      : { executor: 'shared-iterations', users, iterations: left, thinkTime, maxDurationUs }
  return { ...plan, profile: rest, rest: { doneUs: 0, iterations: started } }
}
