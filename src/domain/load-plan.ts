import type { AbortRule } from './abort-rule.ts'
import type { AlertRule } from './alert.ts'
import type { SearchPart } from './capacity.ts'
import type { Look } from './look.ts'
import type { MonitorPlan } from './monitor-plan.ts'
import type { ScenarioPlan } from './scenario.ts'

/** How arrivals are spaced: evenly, or at random from the plan's seed with exponential or gamma-distributed gaps. */
export type Arrivals = 'uniform' | 'poisson' | 'gamma'

/** Pause of a user between two iterations, drawn from the user's own random numbers. */
export type ThinkTimePlan =
  /** Evenly from the range; both ends equal for a constant. */
  | { readonly minUs: number; readonly maxUs: number }
  | { readonly distribution: 'exponential'; readonly meanUs: number }
  /** Truncated at 0: what falls below is drawn again. */
  | { readonly distribution: 'normal'; readonly meanUs: number; readonly deviationUs: number }
  /** `sigma` is the standard deviation of the logarithm. */
  | { readonly distribution: 'lognormal'; readonly medianUs: number; readonly sigma: number }

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

/** What may hold back arrivals of open load. */
interface ArrivalLimits {
  /** Largest number of requests in flight (over all generators); further arrivals wait in the queue. */
  readonly maxUsers: number
  /** Largest number of waiting arrivals (over all generators); further ones are dropped. `null` = unbounded. */
  readonly maxQueue: number | null
}

/** Open load: arrivals at a rate over time. `constant-arrival-rate` and `sine-arrival-rate` are cases of one step. */
export interface ArrivalsPlan extends ArrivalLimits {
  readonly executor: 'constant-arrival-rate' | 'ramping-arrival-rate' | 'sine-arrival-rate'
  readonly steps: readonly RateStep[]
  readonly arrivals: Arrivals
  /**
   * Shape of the gamma distribution of the gaps: 1 = Poisson, below burstier, above more regular. Only with gamma.
   * @see vLLM's serving benchmark, `--burstiness`
   */
  readonly burstiness?: number
}

/** A step: an optional linear ramp from the previous level (not part of its window), then `durationUs` at the level. */
export interface RateStep {
  readonly ratePerSecond: number
  readonly durationUs: number
  readonly rampUs: number
  /** The rate swings around `ratePerSecond`, upwards first, from the opening of the window on. */
  readonly sine?: SineWave
}

/** rate(t) = centre + amplitude * sin(2 pi t / period). */
export interface SineWave {
  readonly amplitudePerSecond: number
  readonly periodUs: number
}

/** Open load: a number of arrivals at the same instant, once or in a rhythm. */
export interface BurstPlan extends ArrivalLimits {
  readonly executor: 'burst-arrivals'
  /** Arrivals of one burst. */
  readonly burst: number
  readonly bursts: number
  /** From one burst to the next; `null` for a single one. */
  readonly everyUs: number | null
}

/** Open load: recorded arrivals, replayed. */
export interface TracePlan extends ArrivalLimits {
  readonly executor: 'trace-arrivals'
  /** File as the user named it; `null` for a list of times or rows. */
  readonly source: string | null
  /** 2 replays twice as fast. */
  readonly speed: number
  readonly arrivals: number
  /** From the first arrival to a mean gap after the last, at this speed; 0 when all come at once. */
  readonly lengthUs: number
  /** Most arrivals in one second. */
  readonly peakPerSecond: number
  /** Of the times: tells one trace from another. */
  readonly digest: string
  /** Absent from the plan of a measurement, which would carry them all. */
  readonly times?: TraceTimes
}

/** When each arrival of a trace comes. */
export interface TraceTimes {
  /** In order; the first is 0. At the trace's speed. */
  readonly timesUs: readonly number[]
  /** Number of the row that each arrival came from; `null` where the rows are in order. */
  readonly rows: readonly number[] | null
}

/** Arrivals at the pacer's times, whatever the target does. */
export type OpenLoadPlan = ArrivalsPlan | BurstPlan | TracePlan

export interface UserStep {
  readonly users: number
  readonly durationUs: number
  readonly rampUs: number
}

/** How load arrives, resolved. */
export type ProfilePlan = SharedIterationsPlan | PerUserIterationsPlan | UsersPlan | OpenLoadPlan

/** Load before the window opens; its requests are sent like all others and left out of every number. */
export type WarmupPlan =
  | { readonly kind: 'duration'; readonly durationUs: number }
  | { readonly kind: 'requests'; readonly requests: number }
  /** Until the median latency is steady, at most a third of the measured part. */
  | { readonly kind: 'auto' }

/** How far an automatic warm-up may go. Times are microseconds since the run's start. */
export interface WarmupBounds {
  /** When the first level is reached: the climb says nothing about steadiness. */
  readonly fromUs: number
  /** Longest warm-up from then on. */
  readonly longestUs: number
  /** Most iterations; `null` where the load ends by time. */
  readonly mostRequests: number | null
}

/** Limits that a request must meet, all of them, to count as goodput; microseconds. */
export interface Slo {
  readonly latencyUs: number | null
  readonly ttftUs: number | null
  readonly tpotUs: number | null
}

/** What a weak or inconclusive verdict does: `rerun` repeats a load whose comparison is inconclusive, and then warns. */
export type OnInconclusive = 'warn' | 'fail' | 'rerun'

/** How much of a load was done before it broke off. */
export interface RestPlan {
  /** Of its course, from the opening of the first window on; microseconds. */
  readonly doneUs: number
  /** Iterations that were started: the next one takes the next row of data. */
  readonly iterations: number
}

/** How a load on a cluster is judged. */
export interface ClusterPlan {
  /** Whether numbers stand of which a lost worker's part is missing; else they are invalid. */
  readonly toleratesLost: boolean
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
  /** What becomes of a load one of whose generators is lost: it ends, or the others go on with its part. */
  readonly onLostGenerator: 'invalid' | 'redeal'
  /** Only where workers of a cluster carry it. */
  readonly cluster?: ClusterPlan
  /** Seed of every random draw. */
  readonly seed: number
  readonly slo: Slo | null
  /** What ends the load early. */
  readonly abortOn: readonly AbortRule[]
  readonly monitors: MonitorPlan
  /** What is said aloud while it runs. */
  readonly alerts: readonly AlertRule[]
  /** Only where the plan is what is left of another one: generators get it, measurements never hold it. */
  readonly rest?: RestPlan
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: OnInconclusive
  /** One of the looks at a load that is repeated while its comparison is inconclusive. */
  readonly look?: Look
  /** Where the procedure that it belongs to stands, for the live line: `cell 3 of 9`. */
  readonly progress?: string
  /** What it is in a search for capacity; absent for a load of its own. */
  readonly part?: SearchPart
}

/** True for open load, where latency and TTFT count from the pacer's time. */
export function isArrivalProfile(profile: ProfilePlan): profile is OpenLoadPlan {
  return 'maxUsers' in profile
}

/** True for open load that asks for a rate over time: all but a single burst, whose window ends when it is answered. */
export function hasAskedRate(profile: ProfilePlan): profile is OpenLoadPlan {
  if (profile.executor === 'burst-arrivals') return profile.everyUs !== null
  return profile.executor === 'trace-arrivals' ? profile.lengthUs > 0 : isArrivalProfile(profile)
}

/** Most users, most arrivals per second, or the arrivals of one burst: what the generators must be able to carry. */
export function peakLevel(profile: ProfilePlan): number {
  if (isIterationProfile(profile)) return profile.users
  if (profile.executor === 'burst-arrivals') return profile.burst
  if (profile.executor === 'trace-arrivals') return profile.peakPerSecond
  const levels = profile.steps.map((step) =>
    'users' in step ? step.users : step.ratePerSecond + (step.sine?.amplitudePerSecond ?? 0),
  )
  return Math.max(...levels)
}

/** Largest number of users that are ever at work, over all generators: user numbers are below it. */
export function mostUsers({ profile, generators }: Pick<LoadPlan, 'profile' | 'generators'>): number {
  if (!isArrivalProfile(profile)) return peakLevel(profile)
  // Each generator of a burst is ready for the larger share.
  return profile.executor === 'burst-arrivals'
    ? Math.ceil(profile.maxUsers / generators) * generators
    : profile.maxUsers
}

/** True for profiles that end by count instead of time. */
export function isIterationProfile(profile: ProfilePlan): profile is SharedIterationsPlan | PerUserIterationsPlan {
  return profile.executor === 'shared-iterations' || profile.executor === 'per-vu-iterations'
}

/** The plan without the times of a trace: what is kept and printed holds no list of arrivals. */
export function withoutTimes(plan: LoadPlan): LoadPlan {
  if (plan.profile.executor !== 'trace-arrivals') return plan
  const { times: _times, ...profile } = plan.profile
  return { ...plan, profile }
}
