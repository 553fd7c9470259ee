import type { ScenarioPlan } from './scenario.ts'

/** How arrivals are spaced: evenly, or as a Poisson process from the plan's seed. */
export type Arrivals = 'uniform' | 'poisson'

/** Pause of a user between two iterations, drawn evenly from the range; both ends equal for a constant. */
export interface ThinkTimePlan {
  readonly minUs: number
  readonly maxUs: number
}

/** Users that take iterations from one common count. k6: shared-iterations. */
export interface SharedIterationsPlan {
  readonly executor: 'shared-iterations'
  readonly users: number
  readonly iterations: number
  readonly thinkTime: ThinkTimePlan | null
  /** Iterations not started by then count as dropped. */
  readonly maxDurationUs: number
}

/** Users with a fixed number of iterations each. k6: per-vu-iterations. */
export interface PerUserIterationsPlan {
  readonly executor: 'per-vu-iterations'
  readonly users: number
  readonly iterationsPerUser: number
  readonly thinkTime: ThinkTimePlan | null
  readonly maxDurationUs: number
}

/**
 * Closed load: a number of users over time. `constant-vus` is the case of one step; a `spawnRate` start ramp runs
 * before the first step's window and counts as warm-up.
 */
export interface UsersPlan {
  readonly executor: 'constant-vus' | 'ramping-vus'
  readonly steps: readonly UserStep[]
  /** Users started per second at the beginning; `null` = all at once. */
  readonly spawnRatePerSecond: number | null
  readonly thinkTime: ThinkTimePlan | null
}

/** Open load: arrivals over time. `constant-arrival-rate` is the case of one step. */
export interface ArrivalsPlan {
  readonly executor: 'constant-arrival-rate' | 'ramping-arrival-rate'
  readonly steps: readonly RateStep[]
  readonly arrivals: Arrivals
  /** Largest number of requests in flight (over all generators); further arrivals wait in the queue. */
  readonly maxUsers: number
  /** Largest number of waiting arrivals (over all generators); further ones are dropped. `null` = unbounded. */
  readonly maxQueue: number | null
}

/** A step: an optional linear ramp from the previous level (not part of its window), then `durationUs` at the level. */
export interface RateStep {
  readonly ratePerSecond: number
  readonly durationUs: number
  readonly rampUs: number
}

export interface UserStep {
  readonly users: number
  readonly durationUs: number
  readonly rampUs: number
}

/** How load arrives, resolved. */
export type ProfilePlan = SharedIterationsPlan | PerUserIterationsPlan | UsersPlan | ArrivalsPlan

/** Load before the window opens; its requests are sent like all others and left out of every number. */
export type WarmupPlan =
  | { readonly kind: 'duration'; readonly durationUs: number }
  | { readonly kind: 'requests'; readonly requests: number }

/** Limits that a request must meet, all of them, to count as goodput; microseconds. */
export interface Slo {
  readonly latencyUs: number | null
  readonly ttftUs: number | null
  readonly tpotUs: number | null
}

/** Everything that generators and judges need of one load; plain data. */
export interface LoadPlan {
  /** Unique, sortable by time (ULID). */
  readonly id: string
  /** Distinguishes the loads of one test in the spec id. */
  readonly label: string
  readonly scenario: ScenarioPlan
  readonly profile: ProfilePlan
  readonly warmup: WarmupPlan
  /** Load that goes on after the window so that its last requests end under the same conditions. */
  readonly cooldownUs: number
  /** How long requests may still run when no more are started; then they are aborted. */
  readonly gracefulStopUs: number
  /** Number of generator processes. */
  readonly generators: number
  /** Seed of every random draw. */
  readonly seed: number
  readonly slo: Slo | null
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: 'warn' | 'fail'
}

/** True for open load, where latency and TTFT count from the pacer's time. */
export function isArrivalProfile(profile: ProfilePlan): profile is ArrivalsPlan {
  return profile.executor === 'constant-arrival-rate' || profile.executor === 'ramping-arrival-rate'
}

/** True for profiles that end by count instead of time. */
export function isIterationProfile(profile: ProfilePlan): profile is SharedIterationsPlan | PerUserIterationsPlan {
  return profile.executor === 'shared-iterations' || profile.executor === 'per-vu-iterations'
}
