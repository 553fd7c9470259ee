/** Where a load stands. `waiting`: another load holds the machine; `draining`: no more starts, answers are awaited. */
export type LiveState = 'waiting' | 'preparing' | 'warmup' | 'measure' | 'cooldown' | 'draining' | 'done'

/** What a running load looks like now; produced about once a second for the live line. */
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
}
