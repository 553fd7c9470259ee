import type { AlertSpan } from './alert.ts'
import type { OutcomeCounts } from './measurement.ts'
import type { ResourceValues, WatchedResource } from './resource.ts'

/** Where a load stands. `waiting`: another load holds the machine; `draining`: no more starts, answers are awaited. */
export type LiveState = 'waiting' | 'preparing' | 'warmup' | 'measure' | 'cooldown' | 'draining' | 'done'

/** What a running load looks like now; produced about once a second for the live view. */
export interface LiveSnapshot {
  readonly loadId: string
  /** Test name and load label. */
  readonly title: string
  /** Which of the services that are loaded together, and how many they are; `null` for a load by itself. */
  readonly service: { readonly name: string; readonly of: number } | null
  readonly state: LiveState
  /** What a reader should know of the state: what the warm-up waits for, what is wrong; `null` for nothing. */
  readonly note: string | null
  readonly elapsedUs: number
  /** `null` when the end is not known by time. */
  readonly remainingUs: number | null
  /** Part of the plan that is done, 0..1; `null` when unknown. */
  readonly progress: number | null
  /** Asked arrivals per second, or `null` on user profiles. */
  readonly askedRate: number | null
  /** Good completions in the last whole second. */
  readonly qps: number
  readonly tokensPerSecond: number
  readonly completed: number
  readonly failed: number
  readonly dropped: number
  readonly usersActive: number
  readonly inFlight: number
  readonly queued: number
  /** Of the last whole second. */
  readonly latencyP50Us: number | null
  readonly latencyP99Us: number | null
  /** Of good answers over all windows so far, without warm-up; `null` before the first. */
  readonly latencySoFar: LivePercentiles | null
  /** The same of the time to the first token; `null` where answers are no streams. */
  readonly ttftSoFar: LivePercentiles | null
  /** What `failed` counts, by kind. */
  readonly failedByKind: OutcomeCounts['failedByKind']
  /** The last whole seconds, at most {@link RECENT_SECONDS}, oldest first. */
  readonly recent: readonly LiveSecondNumbers[]
  /** The worst of all generators in its last second; `null` before the first report. */
  readonly generator: LiveGenerator | null
  /** What each watched resource showed last. */
  readonly watched: readonly LiveResource[]
  /** Alerts that are on. */
  readonly alerts: readonly AlertSpan[]
}

/** How far back {@link LiveSnapshot.recent} goes. */
export const RECENT_SECONDS = 60

/** Microseconds. */
export interface LivePercentiles {
  readonly p50Us: number
  readonly p99Us: number
}

/** A whole second of a running load; `qps` is `null` where nothing is known of it. */
export interface LiveSecondNumbers {
  /** Good completions. */
  readonly qps: number | null
  /** `null` without a good one. */
  readonly latencyP99Us: number | null
}

/** How a generator process fares. */
export interface LiveGenerator {
  /** Of one core, 0..1. */
  readonly cpuShare: number
  /** How late a 10 ms timer fired; `null` when it never did. */
  readonly loopDelayP99Us: number | null
}

/** A watched resource with its newest sample. */
export interface LiveResource extends Pick<WatchedResource, 'kind' | 'name'> {
  readonly values: ResourceValues
}
