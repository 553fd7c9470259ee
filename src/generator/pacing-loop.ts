/** What is due when. */
export interface PacedSource {
  /** When the next thing is due, microseconds since the run's start; `Infinity` for nothing. */
  readonly dueUs: number
  /** Does what is due now; called only when `dueUs` has come. */
  fire(nowUs: number): void
}

/** How the loop waits; Node's own timers outside tests. */
export interface PacingTimers {
  /** Microseconds since the run's start. */
  now(): number
  /** Calls back in a later turn of the event loop, after input and output had theirs. */
  nextTurn(callback: () => void): void
  /** Calls back after some milliseconds, possibly late; gives a function that cancels it. */
  later(callback: () => void, ms: number): () => void
  /** Blocks the thread for at most this many microseconds. */
  block(us: number): void
}

/** From this close on the loop waits in slices: a timer may be more than a millisecond late. */
const NEAR_US = 2_000
/** Longest blocked slice while answers are awaited: how much later one may be read. */
const SLICE_US = 50
/** Longest blocked slice while nothing can come in; the last stretch is waited for in short ones, which end nearer. */
const IDLE_SLICE_US = 500
const LAST_STRETCH_US = 200
/** A blocked wait wakes up to this much late (timer slack), so nothing due sooner is waited for by blocking. */
const WAKE_SLACK_US = 60
/** Things done in one turn before sockets are served again. */
const MAX_PER_TURN = 50

/**
 * Does things at their time, to a few microseconds, without spinning: a timer until 2 ms before, then turns of the
 * event loop alternating with short blocked waits. With nothing due it sleeps.
 */
export class PacingLoop {
  readonly #source: PacedSource
  readonly #timers: PacingTimers
  readonly #awaiting: () => boolean
  #cancelSleep: (() => void) | null = null
  /** In a turn, or with the next one already asked for: it will see whatever became due. */
  #turning = false
  #stopped = false

  /** @param awaiting whether answers may come in at any moment; while none can, the loop takes longer slices */
  constructor(source: PacedSource, timers: PacingTimers, awaiting: () => boolean = () => true) {
    this.#source = source
    this.#timers = timers
    this.#awaiting = awaiting
  }

  /** Starts, or looks again because something became due earlier than before. */
  wake(): void {
    if (this.#stopped || this.#turning) return
    this.#cancelSleep?.()
    this.#turn()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelSleep?.()
  }

  #turn(): void {
    this.#turning = true
    const fired = this.#fireDue()
    const waitUs = this.#source.dueUs - this.#timers.now()
    if (this.#stopped) return
    if (waitUs > NEAR_US) {
      this.#turning = false
      if (waitUs === Infinity) return
      this.#cancelSleep = this.#timers.later(() => this.#turn(), Math.max(1, Math.floor((waitUs - NEAR_US) / 1e3)))
      return
    }
    // After firing, requests wait for their turn to be written: no blocking before that.
    if (fired === 0 && waitUs > WAKE_SLACK_US) {
      const idleUs = this.#awaiting() ? 0 : Math.min(IDLE_SLICE_US, waitUs - LAST_STRETCH_US)
      this.#timers.block(Math.max(idleUs, Math.min(SLICE_US, waitUs - WAKE_SLACK_US)))
      this.#fireDue()
    }
    this.#timers.nextTurn(() => {
      if (!this.#stopped) this.#turn()
    })
  }

  #fireDue(): number {
    let fired = 0
    for (; fired < MAX_PER_TURN && !this.#stopped; fired++) {
      const nowUs = this.#timers.now()
      if (this.#source.dueUs > nowUs) break
      this.#source.fire(nowUs)
    }
    return fired
  }
}

/** Node's timers over a clock. */
export function nodeTimers(now: () => number): PacingTimers {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  return {
    now,
    nextTurn: (callback) => void setImmediate(callback),
    later: (callback, ms) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    block: (us) => void Atomics.wait(cell, 0, 0, us / 1e3),
  }
}
