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
  /** What users do around their iterations; absent where they do nothing. */
  readonly users?: UserLife
}

/** What users do before their first iteration and after their last. Callbacks as those of {@link IterationRunner}. */
export interface UserLife {
  /** Whether this user has to `enter` before its next iteration. */
  mustEnter(user: number): boolean
  enter(user: number, connections: UserConnections, entered: () => void): RunningIteration
  /** The user has had its last iteration, and keeps nothing. `null` when there is nothing left to do. */
  leave(user: number, left: () => void): RunningIteration | null
  /** Users that have come and not left. */
  readonly present: readonly number[]
}

/** The iterations in flight, and what users do around theirs. */
export class Iterations {
  readonly #runner: IterationRunner
  readonly #running = new Set<RunningIteration>()
  readonly #onEnded: (what: 'iteration' | 'user') => void
  readonly #firstK: number
  #starting = 0
  #aborted = false

  /**
   * @param onEnded called after each iteration's own callback, and when a user has entered or left
   * @param firstK number of the first iteration, where others were done before
   */
  constructor(runner: IterationRunner, onEnded: (what: 'iteration' | 'user') => void, firstK: number = 0) {
    this.#firstK = firstK
    this.#runner = runner
    this.#onEnded = onEnded
  }

  get inFlight(): number {
    return this.#running.size + this.#starting
  }

  /** Starts one; `ended` is called later, never before this returns. */
  start(asked: IterationStart, ended: () => void): void {
    const iteration = this.#firstK === 0 ? asked : { ...asked, k: asked.k + this.#firstK }
    this.#track(
      (done) => this.#runner.start(iteration, done),
      () => {
        ended()
        this.#onEnded('iteration')
      },
    )
  }

  /** Whether a user has something to do before its next iteration. */
  mustEnter(user: number): boolean {
    return this.#runner.users?.mustEnter(user) ?? false
  }

  /** Lets a user do what comes before its iterations; `entered` is called later. */
  enter(user: number, connections: UserConnections, entered: () => void): void {
    this.#track(
      (done) => this.#runner.users!.enter(user, connections, done),
      () => {
        entered()
        this.#onEnded('user')
      },
    )
  }

  /** A user has had its last iteration. @param left called when its connections are of no more use, perhaps at once */
  leave(user: number, left: () => void): void {
    const after = (): void => {
      left()
      this.#onEnded('user')
    }
    const started = this.#track((done) => this.#runner.users?.leave(user, done) ?? null, after)
    if (started) return
    left()
    // Who thought before it left was in no iteration, and may have been the last.
    setImmediate(() => this.#onEnded('user'))
  }

  /** All users leave: the load is over. @returns whether one has still something to do */
  leaveAll(): boolean {
    if (this.#aborted) return false
    for (const user of this.#runner.users?.present ?? []) this.leave(user, () => {})
    return this.inFlight > 0
  }

  /** @returns whether anything was started */
  #track(start: (done: () => void) => RunningIteration | null, ended: () => void): boolean {
    let running: RunningIteration | null = null
    let over = false
    this.#starting++
    const finish = (): void => {
      if (running === null) this.#starting--
      else this.#running.delete(running)
      ended()
    }
    const started = start(() => {
      over = true
      // A request that fails while it is started must not start the next one on the same stack.
      if (running === null) setImmediate(finish)
      else finish()
    })
    if (over) return true
    this.#starting--
    if (started === null) return false
    running = started
    this.#running.add(started)
    if (this.#aborted) started.abort()
    return true
  }

  /** Ends all of them now, and what is still started. */
  abortAll(): void {
    this.#aborted = true
    for (const running of this.#running) running.abort()
  }
}
