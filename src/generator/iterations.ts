import type { UserConnections } from './client/user-connections.ts'
import { type Enrolled, Roster } from './roster.ts'

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
  readonly #flights = new Roster<Flight>()
  readonly #onEnded: (what: 'iteration' | 'user') => void
  readonly #firstK: number
  /** One for all that is in flight. */
  readonly #landed = (flight: Flight): void => {
    this.#flights.remove(flight)
    flight.ended()
    this.#onEnded(flight.what)
  }
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
    return this.#flights.size
  }

  /** Starts one; `ended` is called later, never before this returns. */
  start(asked: IterationStart, ended: () => void): void {
    const iteration = this.#firstK === 0 ? asked : { ...asked, k: asked.k + this.#firstK }
    const flight = this.#flight('iteration', ended)
    this.#started(flight, this.#runner.start(iteration, flight.land))
  }

  /** Whether a user has something to do before its next iteration. */
  mustEnter(user: number): boolean {
    return this.#runner.users?.mustEnter(user) ?? false
  }

  /** Lets a user do what comes before its iterations; `entered` is called later. */
  enter(user: number, connections: UserConnections, entered: () => void): void {
    const flight = this.#flight('user', entered)
    this.#started(flight, this.#runner.users!.enter(user, connections, flight.land))
  }

  /** A user has had its last iteration. @param left called when its connections are of no more use, perhaps at once */
  leave(user: number, left: () => void): void {
    const flight = this.#flight('user', left)
    const started = this.#runner.users?.leave(user, flight.land) ?? null
    if (started !== null || flight.over) return this.#started(flight, started)
    this.#flights.remove(flight)
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

  /** Ends all of them now, and what is still started. */
  abortAll(): void {
    this.#aborted = true
    for (const flight of this.#flights.all()) if (flight.place >= 0) flight.running?.abort()
  }

  #flight(what: 'iteration' | 'user', ended: () => void): Flight {
    const flight = new Flight(this.#landed, what, ended)
    this.#flights.add(flight)
    return flight
  }

  #started(flight: Flight, running: RunningIteration | null): void {
    if (flight.over) return
    flight.running = running
    if (this.#aborted) running?.abort()
  }
}

/** Something in flight; it may be over before it is known by its handle. */
class Flight implements Enrolled {
  place = -1
  running: RunningIteration | null = null
  over = false
  readonly what: 'iteration' | 'user'
  readonly ended: () => void
  readonly land: () => void

  constructor(landed: (flight: Flight) => void, what: 'iteration' | 'user', ended: () => void) {
    this.what = what
    this.ended = ended
    this.land = () => {
      this.over = true
      // A request that fails while it is started must not start the next one on the same stack.
      if (this.running === null) setImmediate(landed, this)
      else landed(this)
    }
  }
}
