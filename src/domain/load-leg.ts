import type { AlertRecord, AlertSpan } from './alert.ts'
import type { Distribution } from './distribution.ts'
import type { CheckCounts, ErrorSample, PromptOffset, SecondBucket, SeriesData, SeriesLevel } from './measurement.ts'
import type { TokenSource } from './observation.ts'
import type { ResourceSample, WatchedData } from './resource.ts'
import type { ValidityFinding } from './validity.ts'

/**
 * All that a load has measured so far, as plain data from which its measuring can go on, in another process too: the first
 * leg of a load that broke off. Times are microseconds since the run's start, over all legs and the gaps between them.
 */
export interface LoadLeg {
  readonly series: readonly SeriesLeg[]
  readonly seconds: SecondsLeg
  /** By number of the generator process. */
  readonly generators: readonly GeneratorLeg[]
  readonly gaps: readonly OpenGap[]
  readonly paced: readonly { readonly window: number; readonly scheduled: number; readonly dispatched: number }[]
  readonly errors: readonly ErrorSample[]
  readonly checks: readonly (CheckCounts & { readonly window: number; readonly name: string })[]
  readonly tokenSources: readonly TokenSource[]
  /** What was found while it ran. */
  readonly findings: readonly ValidityFinding[]
  readonly watched: readonly WatchedData[]
  readonly alerts?: readonly AlertRecord[]
  readonly promptOffset?: PromptOffset | null
}

/** What was reported after a leg was taken down. */
export type LegReport<Delta> =
  | Delta
  | ({ readonly kind: 'sample' } & ResourceSample)
  /** An alert began, or ended. */
  | { readonly kind: 'alert'; readonly rule: string; readonly span: AlertSpan }
  /** Other generators went on, from this time on. */
  | { readonly kind: 'resumed'; readonly atUs: number; readonly reason: string }

/** Numbers under one name in one window. */
export interface SeriesLeg extends Omit<SeriesData, 'windowUs'> {
  readonly level: SeriesLevel
  readonly window: number
  readonly request: string
}

/** The seconds of all legs; none for those in which nothing was measured. */
export interface SecondsLeg {
  /** Seconds before this one get no more latencies. */
  readonly settled: number
  /** In order. */
  readonly list: readonly SecondLeg[]
}

/** A second with its latencies as long as more of them may come; later with their percentiles alone. */
export interface SecondLeg extends Omit<SecondBucket, 'phase'> {
  readonly latency: Distribution | null
}

/** What is known of one generator process and of those that had its number before. */
export interface GeneratorLeg {
  /** Up to when it has reported. */
  readonly untilUs: number
  /** Its last report; `null` before the first of this leg. */
  readonly last: GeneratorWord | null
  readonly missingMessages: number
  readonly lostReason: string | null
  /** Requests of a lost generator that nobody will hear of, once the others went on with its load; `null` before. */
  readonly unaccounted: number | null
  readonly clockJumpUs: number
  readonly firstGood: { readonly atUs: number; readonly latencyUs: number } | null
  readonly windows: readonly { readonly window: number; readonly startUs: number; readonly endUs: number | null }[]
  readonly health: readonly HealthLeg[]
}

/** State that each report of a generator replaces. */
export interface GeneratorWord {
  readonly seq: number
  readonly final: boolean
  readonly clockOffsetUs: number
  readonly usersActive: number
  readonly queued: number
  readonly inFlight: number
}

/** How a generator fared in one window. */
export interface HealthLeg {
  readonly window: number
  readonly elapsedUs: number
  readonly cpuUs: number
  readonly loopDelay: Distribution
  readonly rssBytes: number
}

/** A stretch in which nothing was measured; `toUs` is `null` until a window is open again. */
export interface OpenGap {
  readonly fromUs: number
  readonly toUs: number | null
  readonly reason: string
}
