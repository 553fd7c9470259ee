/** How far a load has come, over all of its legs. */
export interface LoadProgress {
  /** Up to when the generators have reported, microseconds since the run's start: their mean, as each carries its part. */
  readonly untilUs: number
  /** Every generator has sent its last numbers. */
  readonly complete: boolean
  /** Windows that have opened, in order. */
  readonly windows: readonly WindowProgress[]
  /** Iterations of all windows that have ended, dropped and missed ones included. */
  readonly attempted: number
  /** Iterations that were started, warm-up included, as far as was reported. */
  readonly started: number
}

/** How far a window has come. */
export interface WindowProgress {
  /** Step index. */
  readonly window: number
  /** Length of what was measured of it, microseconds. */
  readonly measuredUs: number
  /** When it closed; `null` while it is open. */
  readonly closedUs: number | null
}
