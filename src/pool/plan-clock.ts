import type { LiveState } from '../domain/live.ts'
import { isArrivalProfile, isIterationProfile, type LoadPlan } from '../domain/load-plan.ts'
import { rateAt } from '../plan/rate-law.ts'
import { isOpenEnded, timelineOf, windowAt } from '../plan/timeline.ts'
import { warmupBounds } from '../plan/warmup-bounds.ts'
import type { PlanClock } from './load-run.ts'

/** A warm-up by requests has no end in time; a target that never answers must not hold the machine for ever. */
const LONGEST_WARMUP_US = 600e6

/** A plan's clock with what the live line shows. */
export interface LivePlanClock extends PlanClock {
  /** When the first window opens, microseconds since the run's start; `null` until it is known. */
  readonly opensAtUs: number | null
  /** Until the last start; `null` while a warm-up without a planned end lasts or the plan ends by count. */
  remainingUs(elapsedUs: number): number | null
  /** Asked arrivals per second at this time; `null` on user profiles and for bursts. */
  askedRate(elapsedUs: number): number | null
  /** Asked arrivals per second or users at this time. */
  levelAt(elapsedUs: number): number
}

/** Where a plan stands at a time since the run's start. */
export function planClock(plan: LoadPlan): LivePlanClock {
  let timeline = timelineOf(plan)
  const longestWarmupUs = plan.warmup.kind === 'auto' ? warmupBounds(plan).longestUs : LONGEST_WARMUP_US
  const longestUs = isOpenEnded(plan) ? longestWarmupUs + timelineOf(plan, 0).endUs : timeline.endUs
  const byCount = isIterationProfile(plan.profile)
  const atRate = isArrivalProfile(plan.profile) && plan.profile.executor !== 'burst-arrivals'
  return {
    get latestEndUs() {
      return Number.isFinite(timeline.endUs) ? timeline.endUs : longestUs
    },
    get opensAtUs() {
      return timeline.windows[0]?.startUs ?? null
    },
    stateAt: (elapsedUs): LiveState => {
      if (elapsedUs >= timeline.endUs) return 'draining'
      const { windows } = timeline
      if (windows.length === 0 || elapsedUs < windows[0]!.startUs) return 'warmup'
      // A ramp between two windows belongs to the measured part of the course, though to no window.
      return windowAt(timeline, elapsedUs) >= 0 || elapsedUs < windows.at(-1)!.startUs ? 'measure' : 'cooldown'
    },
    remainingUs: (elapsedUs) =>
      byCount || !Number.isFinite(timeline.endUs) ? null : Math.max(0, timeline.endUs - elapsedUs),
    levelAt: (elapsedUs) => rateAt(timeline, elapsedUs),
    askedRate: (elapsedUs) => (atRate ? rateAt(timeline, elapsedUs) : null),
    opened: (atUs) => {
      timeline = timelineOf(plan, atUs)
    },
  }
}
