import type { SearchSummary } from '../domain/search.ts'
import type { Distribution } from '../domain/distribution.ts'
import type { Reference } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { ErrorSample, MeasurementData, OutcomeCounts, PromptOffset, SeriesLevel } from '../domain/measurement.ts'
import type { DistributionId } from '../domain/metric.ts'
import type { TokenSource } from '../domain/observation.ts'
import type { SpecId } from '../domain/spec-id.ts'

/*
 * Two conversations cross process borders.
 *  - spec worker <-> Vitest main process: envelopes on the fork's own IPC channel, beside Vitest's messages.
 *  - main process <-> generators: messages on each generator's IPC channel (v8 serialisation).
 * Times in messages to and from generators are absolute microseconds of the monotonic clock (`process.hrtime`), which
 * all processes of one machine share; inside a generator and in every result they are relative to the run's start.
 */

/** Marks our envelopes on Vitest's channel; birpc ignores objects without its own keys `t i m a`. */
export const ENVELOPE = '__vitest_perf__'

/** Spec worker -> main. */
export type SpecEnvelope =
  /** Loads that run together, from one time zero: one, or one for each service. */
  | { readonly [ENVELOPE]: true; readonly kind: 'load'; readonly id: number; readonly loads: readonly PlannedLoad[] }
  /** One request, or with `series` several one after the other. */
  | {
      readonly [ENVELOPE]: true
      readonly kind: 'once'
      readonly id: number
      readonly plan: LoadPlan
      readonly series?: AnswersAsked
    }
  | { readonly [ENVELOPE]: true; readonly kind: 'abort'; readonly id: number; readonly reason: string }
  /** A search is under way: what it knows so far, told before its first load and after each one. Not answered. */
  | {
      readonly [ENVELOPE]: true
      readonly kind: 'search'
      /** The same for all of one search. */
      readonly id: number
      readonly summary: SearchSummary
    }

/** Main -> spec worker: how the load of the same id goes on, in absolute microseconds. Its answer comes later. */
export interface RunningEnvelope {
  readonly [ENVELOPE]: true
  readonly kind: 'running'
  readonly id: number
  /** Time zero of the run. */
  readonly startUs: number
  /** When the measured window opens, of several services the last one; `null` until it is known. */
  readonly openUs: number | null
}

/** Main -> spec worker: the answer to the request of the same id. */
export type HostEnvelope =
  /** In the order in which the loads were asked for. */
  | { readonly [ENVELOPE]: true; readonly kind: 'loaded'; readonly id: number; readonly measured: readonly Measured[] }
  | { readonly [ENVELOPE]: true; readonly kind: 'exchanged'; readonly id: number; readonly exchange: Exchange }
  | { readonly [ENVELOPE]: true; readonly kind: 'answered'; readonly id: number; readonly answers: Answers }
  | { readonly [ENVELOPE]: true; readonly kind: 'skipped'; readonly id: number; readonly reason: string }
  | {
      readonly [ENVELOPE]: true
      readonly kind: 'failed'
      readonly id: number
      readonly error: SerialisedError
      /** What was measured until then; empty when nothing was started. */
      readonly measured: readonly Measured[]
    }

/** A load that a spec asks for. */
export interface PlannedLoad {
  readonly plan: LoadPlan
  readonly specId: SpecId
  /** Name of the service when several are loaded together, else `null`. */
  readonly service: string | null
}

/** A load's numbers with what is known of its spec. */
export interface Measured {
  readonly measurement: MeasurementData
  readonly reference: Reference
}

/** An error as data: class prototypes and custom fields do not survive the channel. */
export interface SerialisedError {
  readonly code: string
  /** With its hint. */
  readonly message: string
  /** Stack in source positions when the error is the user's; `null` for ours. */
  readonly stack: string | null
}

/** One request and its response in words, for `once()`; secrets redacted, bodies cut at 64 KiB. */
export interface Exchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | null
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  } | null
  readonly failure: { readonly kind: string; readonly detail: string; readonly message: string } | null
  /** Milliseconds. */
  readonly timings: Readonly<Record<string, number | null>>
}

/** Requests one after the other, from the first good answer on. */
export interface AnswersAsked {
  /** Good or not, the first good one included. */
  readonly requests: number
  /** How long the first good answer may take, failed attempts and pauses included; microseconds. */
  readonly goodWithinUs: number
}

/** What came of them. */
export interface Answers {
  /** When the first was sent, in absolute microseconds. */
  readonly firstSentUs: number
  /** Attempts before the first good answer. */
  readonly failedBefore: number
  /** From the first attempt to the end of the first good answer; `null` when there was none in time. */
  readonly firstGoodUs: number | null
  /** Of each request from the first good answer on, microseconds; `null` for one that failed. */
  readonly latenciesUs: readonly (number | null)[]
  /** What went over the wire for the first good answer, or for the last attempt. */
  readonly exchange: Exchange
}

/** Main -> generator. */
export type GeneratorCommand =
  /** First message: what to do. The generator loads the scenario and answers `ready`. */
  | {
      readonly kind: 'prepare'
      readonly plan: LoadPlan
      readonly part: GeneratorPart
      readonly parentPid: number
      /** Absent where no rows were asked for. */
      readonly rows?: RowsAsked
    }
  /** Start the clock: the run's time zero, at least some milliseconds ahead. */
  | { readonly kind: 'go'; readonly startUs: number }
  /** A warm-up without a planned end is over: the first window opens at this time. */
  | { readonly kind: 'open'; readonly atUs: number }
  /** Go on with a part of the load that a lost generator had, from now on; answer `took-over`. */
  | TakeOver
  /** Start nothing more; wait for running requests up to `gracefulUs`, then abort them and send the final delta. */
  | { readonly kind: 'stop'; readonly gracefulUs: number; readonly reason: string }
  /** Send one request and answer `exchanged`. */
  | { readonly kind: 'once' }
  /** Send requests one after the other and answer `answered`. */
  | { readonly kind: 'answers'; readonly series: AnswersAsked }
  /** Its owner is alive. Only generators on other machines wait for it. */
  | { readonly kind: 'beat' }

/** A file with a line for each request, or for some of them. */
export interface RowsAsked {
  /** Absolute path; its directory need not be there. */
  readonly path: string
  /** Part of the requests, over 0 to 1. */
  readonly share: number
  /** What the file's first line says of the load. */
  readonly head: Readonly<Record<string, string>>
}

/** A part of what a lost generator had. */
export interface TakeOver {
  readonly kind: 'take-over'
  /** Index of the lost generator. */
  readonly generator: number
  readonly part: GeneratorPart
  /** Until here the lost generator has told what it did; its arrivals from then to now count as missed. */
  readonly sinceUs: number
  /** Requests of its last report without an end, of which nobody will hear: they count as missed. */
  readonly unfinished: number
  /** Iterations of the part that are left; `null` where the load ends by time. */
  readonly iterations: number | null
  /** Iterations of the part that were started, as far as they are known of. */
  readonly started: number
}

/** Which part of the load a generator carries: arrivals, users and iterations are dealt like cards. */
export interface GeneratorPart {
  /** 0-based. */
  readonly index: number
  readonly count: number
}

/** Generator -> main. */
export type GeneratorReport =
  | { readonly kind: 'ready'; readonly index: number }
  /** Its share of a warm-up by requests has been answered. */
  | { readonly kind: 'warm'; readonly index: number }
  | GeneratorDelta
  /** It goes on with a part of a lost generator's load. `missed`: requests of that part that nobody will hear of. */
  | { readonly kind: 'took-over'; readonly index: number; readonly generator: number; readonly missed: number }
  | { readonly kind: 'exchanged'; readonly index: number; readonly exchange: Exchange }
  | { readonly kind: 'answered'; readonly index: number; readonly answers: Answers }
  /** A sentence for the user. */
  | { readonly kind: 'note'; readonly index: number; readonly message: string }
  /** The scenario itself threw: the load must stop and show this. */
  | { readonly kind: 'scenario-error'; readonly index: number; readonly error: SerialisedError }

/** What happened since the last delta. All of it adds up over deltas and generators. Sent once a second and at the end. */
export interface GeneratorDelta {
  readonly kind: 'delta'
  readonly index: number
  /** 0, 1, 2 ... per generator; a gap means a lost message. */
  readonly seq: number
  /** Microseconds since the run's start. */
  readonly atUs: number
  /** The last one: everything has ended. */
  readonly final: boolean
  readonly series: readonly SeriesDelta[]
  readonly buckets: readonly BucketDelta[]
  /** State at `atUs`. */
  readonly usersActive: number
  readonly queued: number
  readonly inFlight: number
  /** Over the time since the last delta. */
  readonly cpuShare: number
  /** How late a 10 ms timer fired; `null` when it never did. */
  readonly loopDelay: Distribution | null
  readonly rssBytes: number
  /** Wall clock minus monotonic clock, microseconds; a change means a stepped clock or a suspended machine. */
  readonly clockOffsetUs: number
  readonly errors: readonly ErrorSample[]
  /** Arrivals that the pacer scheduled, and those whose turn came before they were given up as missed, per window. */
  readonly paced: readonly { readonly window: number; readonly scheduled: number; readonly dispatched: number }[]
  readonly checks: readonly CheckDelta[]
  /** Absent where there is nothing new. */
  readonly promptOffset?: PromptOffset
  readonly firstGoodLatencyUs: number | null
  /** Windows as this generator opened and closed them; `endUs` is `null` while open. */
  readonly windows: readonly WindowSpan[]
}

/** A named check of scenario modules, in iterations that were scheduled in one window. */
export interface CheckDelta {
  readonly window: number
  readonly name: string
  readonly passed: number
  readonly failed: number
}

export interface WindowSpan {
  readonly window: number
  readonly startUs: number
  readonly endUs: number | null
}

/** Index that stands for warm-up, ramps and cool-down instead of a step: counted, never judged. */
export const OUTSIDE_WINDOWS = -1

/** Numbers of requests scheduled in one window under one name. Not sent for names and windows without news. */
export interface SeriesDelta {
  /** Step index, or {@link OUTSIDE_WINDOWS}. */
  readonly window: number
  readonly request: string
  readonly level: SeriesLevel
  readonly outcomes: OutcomeCounts
  readonly distributions: Readonly<Partial<Record<DistributionId, Distribution>>>
  readonly tokenSources: readonly TokenSource[]
}

/**
 * Events of one second in one window (a second that two windows share has two). Counts may be negative corrections.
 * `attempted`, `good`, `withinSlo` and `unsent` count requests *scheduled* in the second, and come when the fate of each
 * is known: also for seconds long past.
 */
export interface BucketDelta {
  readonly second: number
  readonly window: number
  readonly request: string
  readonly level: SeriesLevel
  readonly sent: number
  readonly completed: number
  readonly failed: number
  readonly completedWithinSlo: number
  readonly outputTokens: number
  readonly outputTokensWithinSlo: number
  readonly inputTokens: number
  readonly inputChars: number
  /** Microseconds. */
  readonly audioUs: number
  readonly bytesReceived: number
  readonly attempted: number
  readonly good: number
  readonly withinSlo: number
  /** Dropped or missed. */
  readonly unsent: number
  /** Latency of good completions in this second. */
  readonly latency: Distribution | null
}
