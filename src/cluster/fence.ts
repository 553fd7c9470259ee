/** A clock's reading: the monotonic clock stands still while a machine is suspended, the wall clock does not. */
export interface FenceTime {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** Why a worker must drop its load. */
export type FenceCause = 'frozen' | 'deserted'

/** The master takes a worker for missing after three to four silent seconds and deals its users to the others. */
const FROZEN_MS = 3000
const DESERTED_MS = 3000

/**
 * When a worker must let go of its load by itself. A worker that was frozen comes back to a master that has dealt its part
 * to others; one that hears nothing from the pool cannot be told to stop.
 */
export class Fence {
  #ticked: FenceTime
  #heardMs: number

  constructor(now: FenceTime) {
    this.#ticked = now
    this.#heardMs = now.monotonicMs
  }

  /** The pool is there: a signed word of it has come. */
  heard(now: FenceTime): void {
    this.#heardMs = now.monotonicMs
  }

  /** Ask often: several times a second. `null` while all is well; once a cause was told, the counting begins anew. */
  tick(now: FenceTime): FenceCause | null {
    const goneMs = Math.max(now.monotonicMs - this.#ticked.monotonicMs, now.wallMs - this.#ticked.wallMs)
    this.#ticked = now
    const cause = goneMs >= FROZEN_MS ? 'frozen' : now.monotonicMs - this.#heardMs >= DESERTED_MS ? 'deserted' : null
    if (cause !== null) this.#heardMs = now.monotonicMs
    return cause
  }
}
