import type { UserConnections } from './client/user-connections.ts'

/** One run of the scenario, as a driver asks for it. */
export interface IterationStart {
  /** Number in the whole load, 0-based: which data row it takes. */
  readonly k: number
  /** Number of the user over all generators, 0-based. */
  readonly user: number
  readonly connections: UserConnections
  readonly scheduledAt: number
  readonly dispatchedAt: number
}

/** A running iteration. */
export interface RunningIteration {
  /** Ends it now as failed, kind `aborted`. */
  abort(): void
}

/** Runs a scenario once. Calls `ended` exactly once, at the latest when aborted; never throws. */
export interface IterationRunner {
  start(iteration: IterationStart, ended: () => void): RunningIteration
}

/** The iterations in flight. */
export class Iterations {
  readonly #runner: IterationRunner
  readonly #running = new Set<RunningIteration>()
  readonly #onEnded: () => void
  #starting = 0

  /** @param onEnded called after each iteration's own callback */
  constructor(runner: IterationRunner, onEnded: () => void) {
    this.#runner = runner
    this.#onEnded = onEnded
  }

  get inFlight(): number {
    return this.#running.size + this.#starting
  }

  /** Starts one; `ended` is called later, never before this returns. */
  start(iteration: IterationStart, ended: () => void): void {
    let running: RunningIteration | null = null
    let over = false
    this.#starting++
    const finish = (): void => {
      if (running === null) this.#starting--
      else this.#running.delete(running)
      ended()
      this.#onEnded()
    }
    const started = this.#runner.start(iteration, () => {
      over = true
      // A request that fails while it is started must not start the next one on the same stack.
      if (running === null) setImmediate(finish)
      else finish()
    })
    if (over) return
    this.#starting--
    running = started
    this.#running.add(started)
  }

  abortAll(): void {
    for (const running of this.#running) running.abort()
  }
}
