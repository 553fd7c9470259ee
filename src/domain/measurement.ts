import type { AlertRecord } from './alert.ts'
import type { Distribution } from './distribution.ts'
import type { LoadPlan } from './load-plan.ts'
import type { DistributionId } from './metric.ts'
import type { ErrorKind, TokenSource } from './observation.ts'
import type { WatchedData } from './resource.ts'
import type { SpecId } from './spec-id.ts'
import type { Validity } from './validity.ts'

/**
 * Requests by outcome, attributed to the window in which they were *scheduled*.
 * `attempted` = good + failed + dropped + missed.
 */
export interface OutcomeCounts {
  readonly attempted: number
  readonly good: number
  readonly failedByKind: Readonly<Partial<Record<ErrorKind, number>>>
  /** No free user and the queue full, or iterations that `maxDuration` left over. */
  readonly dropped: number
  /** The generator was over 500 ms late, or was lost with what became of them; never sent in a burst. */
  readonly missed: number
  /** Good requests that met every limit of the SLO; `null` without one. */
  readonly withinSlo: number | null
}

/** What happened inside a window, credited where the *event* fell. */
export interface EventCounts {
  /** Requests whose first byte was sent. */
  readonly sent: number
  /** Good completions. */
  readonly completed: number
  /** Failures. */
  readonly failed: number
  /** Good completions that met the SLO. */
  readonly completedWithinSlo: number
  /** Generated tokens of good requests at their arrival. */
  readonly outputTokens: number
  /** Those of them that belong to requests that met the SLO. */
  readonly outputTokensWithinSlo: number
  /** Prompt tokens of good requests at their completion. */
  readonly inputTokens: number
  /** Characters to be spoken, of good requests at their completion. */
  readonly inputChars: number
  /** Audio produced or sent, microseconds, of good requests at their completion. */
  readonly audioUs: number
  readonly bytesReceived: number
}

/**
 * Whose numbers a series holds. `iteration`: whole runs of the scenario, the unit that the load's own series count.
 * `request`: a named request or step inside a scenario module, or a part of a mix. `class`: requests whose prompts are of
 * one class; of a scenario module, its requests.
 */
export type SeriesLevel = 'iteration' | 'request' | 'class'

/** Numbers of one window (or several merged) for all requests or for those of one name. */
export interface SeriesData {
  /** Length of the window(s) in microseconds: the denominator of every rate. */
  readonly windowUs: number
  readonly outcomes: OutcomeCounts
  readonly events: EventCounts
  /** Per-request metrics; absent when never recorded. */
  readonly distributions: Readonly<Partial<Record<DistributionId, Distribution>>>
}

/** The window of one step. */
export interface StepData {
  readonly index: number
  /** Asked rate or users, whichever the profile has. */
  readonly ratePerSecond: number | null
  readonly users: number | null
  /** Microseconds since the run's start. */
  readonly startUs: number
  readonly endUs: number
  readonly series: SeriesData
  readonly validity: Validity
}

/** One second of a load (all phases), for charts, drift and the live line. */
export interface SecondBucket {
  /** Seconds since the run's start. */
  readonly second: number
  readonly phase: 'warmup' | 'measure' | 'cooldown'
  readonly sent: number
  readonly completed: number
  readonly failed: number
  readonly outputTokens: number
  readonly bytesReceived: number
  /** Of good requests that ended in this second; `null` without any. */
  readonly latencyP50Us: number | null
  readonly latencyP99Us: number | null
  readonly usersActive: number
  readonly queued: number
  /** Requests *scheduled* in this second, whenever they ended; the counts above are of what *happened* in it. */
  readonly attempted: number
  /** Those of them that got a good answer, at last. */
  readonly good: number
  /** Those of them whose answer met every limit of the SLO; `null` without one. */
  readonly withinSlo: number | null
  /** Those of them that were dropped or missed. */
  readonly unsent: number
}

/** How one generator process fared over the measured windows. */
export interface GeneratorHealth {
  readonly generator: number
  /** Name of the worker that it is; absent for a process of the machine that runs Vitest. */
  readonly worker?: string
  /** Share of one core. */
  readonly cpuShare: number
  readonly loopDelayP99Us: number
  readonly rssBytes: number
}

/** Something that the spec did to the target, or noted, while the load ran. */
export interface LoadEvent {
  /** `fault`: a signal that ends or stops a process. */
  readonly kind: 'fault' | 'mark'
  readonly name: string
  /** When it was asked for, microseconds since the run's start. */
  readonly atUs: number
  /** It had happened after this long: for a signal, when the process was gone. `null` when that was not seen. */
  readonly errorUs: number | null
}

/** A stretch of a load in which nothing was measured: the run had ended there and was resumed. */
export interface Gap {
  /** Microseconds since the run's start: from the last second that was reported to when measuring went on. */
  readonly fromUs: number
  readonly toUs: number
  /** In words, e.g. `its process ended`. */
  readonly reason: string
}

/** One distinct failure, with how often it happened. */
export interface ErrorSample {
  readonly request: string
  readonly kind: ErrorKind
  readonly detail: string
  readonly message: string
  readonly count: number
}

/** How often a named check held, over all measured windows. */
export interface CheckCounts {
  readonly passed: number
  readonly failed: number
}

/** How many more tokens than were counted before the load the server says that prompts have. */
export interface PromptOffset {
  /** Answers that told. */
  readonly n: number
  /** Negative where the server counts fewer. */
  readonly least: number
  readonly most: number
}

/** What two parts of a load know together; `null` where neither knows anything. */
export function addPromptOffsets(a: PromptOffset | null, b: PromptOffset | null): PromptOffset | null {
  if (a === null || b === null) return a ?? b
  return { n: a.n + b.n, least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) }
}

/** Every request of a load, whatever its phase: what a target counts as well, which knows of no phases. */
export interface WholeLoad {
  /** Without a window: it has no rates. */
  readonly all: SeriesData
  /** By name, as in `requests`. */
  readonly requests: Readonly<Record<string, SeriesData>>
}

/** All of one load; plain data that crosses process borders and goes into JSON. */
export interface MeasurementData {
  readonly schema: 'perf/measurement@1'
  readonly runId: string
  readonly specId: SpecId
  readonly plan: LoadPlan
  /** ISO 8601 time of the run's start. */
  readonly startedAt: string
  /** From the run's start to the last answer, microseconds. */
  readonly totalUs: number
  /** All measured windows merged. */
  readonly series: SeriesData
  /** Parts of a mix, named requests and steps of scenario modules; empty for a scenario that is one request. */
  readonly requests: Readonly<Record<string, SeriesData>>
  /** By class of the prompt; empty where prompts have none. */
  readonly promptClasses: Readonly<Record<string, SeriesData>>
  readonly steps: readonly StepData[]
  /** Named checks of scenario modules. */
  readonly checks: Readonly<Record<string, CheckCounts>>
  /** Warm-up and ramps: counted, never judged. */
  readonly warmup: OutcomeCounts
  /** Latency of the first good request of the run; `null` without one. */
  readonly firstLatencyUs: number | null
  readonly buckets: readonly SecondBucket[]
  /** What the spec did and noted while the load ran, in time order. */
  readonly events: readonly LoadEvent[]
  /** In time order; empty unless the load was resumed. */
  readonly gaps: readonly Gap[]
  /** What was watched beside the load; empty for nothing. */
  readonly watched: readonly WatchedData[]
  /** What came of each alert; empty without any. */
  readonly alerts: readonly AlertRecord[]
  /** Only where a target told what it counted. */
  readonly whole?: WholeLoad
  readonly health: readonly GeneratorHealth[]
  readonly errors: readonly ErrorSample[]
  readonly tokenSource: TokenSource | 'mixed' | null
  /** Of prompts whose length was made exact, in all phases; `null` without any, and where no answer told. */
  readonly promptOffset: (PromptOffset & { readonly countedBy: string }) | null
  readonly validity: Validity
}

/** Failures of all kinds, dropped and missed arrivals excluded. */
export function failedCount(outcomes: OutcomeCounts): number {
  return Object.values(outcomes.failedByKind).reduce((total, count) => total + count, 0)
}

/** The sum of outcome counts. */
export function addOutcomes(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  const failedByKind: Partial<Record<ErrorKind, number>> = { ...a.failedByKind }
  for (const [kind, count] of Object.entries(b.failedByKind) as [ErrorKind, number][]) {
    failedByKind[kind] = (failedByKind[kind] ?? 0) + count
  }
  return {
    attempted: a.attempted + b.attempted,
    good: a.good + b.good,
    failedByKind,
    dropped: a.dropped + b.dropped,
    missed: a.missed + b.missed,
    withinSlo: a.withinSlo === null && b.withinSlo === null ? null : (a.withinSlo ?? 0) + (b.withinSlo ?? 0),
  }
}

export const NO_OUTCOMES: OutcomeCounts = {
  attempted: 0,
  good: 0,
  failedByKind: {},
  dropped: 0,
  missed: 0,
  withinSlo: null,
}

export const NO_EVENTS: EventCounts = {
  sent: 0,
  completed: 0,
  failed: 0,
  completedWithinSlo: 0,
  outputTokens: 0,
  outputTokensWithinSlo: 0,
  inputTokens: 0,
  inputChars: 0,
  audioUs: 0,
  bytesReceived: 0,
}
