import type { ThinkTimePlan } from '../domain/load-plan.ts'
import { type Random, seededRandom } from '../domain/random.ts'
import { thinkUs } from '../plan/think-time.ts'
import { type Timeline, type UserSpan, userSpans } from '../plan/timeline.ts'
import type { GeneratorPart } from '../pool/protocol.ts'
import type { IterationBudget } from './iteration-budget.ts'
import type { Iterations } from './iterations.ts'
import type { IterationSeries } from './joint-series.ts'
import type { LoadDriver, StopCause } from './load-driver.ts'
import type { SharedConnections } from './client/shared-connections.ts'
import { UserConnections } from './client/user-connections.ts'
import { WakeQueue } from './wake-queue.ts'

interface User {
  readonly number: number
  readonly random: Random
  /** Called when its iteration has ended: one for all of them. */
  readonly think: () => void
  connections: UserConnections
  /** Future and present ones. */
  spans: UserSpan[]
  /** `away`: not at work, and not yet planned to be. */
  state: 'away' | 'planned' | 'working'
  /** End of the think time; `null` when it comes to work. */
  readyAt: number | null
}

/** Users of a lost generator start again over this time. */
const JOIN_SPREAD_US = 1e6

/** What a user driver works with. */
export interface UserDriverParts {
  /** Largest number of users over all generators. */
  readonly users: number
  readonly part: GeneratorPart
  readonly thinkTime: ThinkTimePlan | null
  /** Iterations that may still be started. */
  readonly budget: IterationBudget
  /** Iterations of this part that another generator has started already. @default 0 */
  readonly startedBefore?: number
  /** Users come to work one after the other over a second from this time on, not all at once. @default nobody waits */
  readonly joinUs?: number
  readonly seed: number
  readonly timeline: Timeline
  readonly iterations: Iterations
  /** Where iteration k counts. */
  readonly seriesOf: (k: number) => IterationSeries
  readonly now: () => number
  /** Connections that the users share. */
  readonly shared?: SharedConnections
  /** Something became due earlier than before. */
  readonly wake: () => void
}

/**
 * Closed load: users who start their next iteration when the last one has ended and they have thought. A user is ready
 * when its think time is over; one who comes to work is ready when it is started. One who leaves ends its iteration.
 */
export class UserDriver implements LoadDriver {
  readonly #parts: UserDriverParts
  readonly #users: User[] = []
  readonly #plans = new WakeQueue<User>()
  #timeline: Timeline
  #started = 0
  #working = 0
  #stopped = false

  constructor(parts: UserDriverParts) {
    this.#parts = parts
    this.#timeline = parts.timeline
    this.#started = parts.startedBefore ?? 0
    for (let number = parts.part.index; number < parts.users; number += parts.part.count) {
      const user: User = {
        number,
        random: seededRandom(parts.seed, number),
        think: () => this.#think(user),
        connections: new UserConnections(parts.now, parts.shared),
        spans: [],
        state: 'away',
        readyAt: null,
      }
      this.#users.push(user)
    }
    this.retime(parts.timeline)
  }

  get dueUs(): number {
    return this.#stopped ? Infinity : this.#plans.nextUs
  }

  get usersActive(): number {
    // Who thinks when the load ends has nothing left to do.
    return this.#stopped ? this.#parts.iterations.inFlight : this.#working
  }

  get queued(): number {
    return 0
  }

  get exhausted(): boolean {
    return this.dueUs === Infinity && this.#parts.iterations.inFlight === 0
  }

  fire(nowUs: number): void {
    const user = this.#plans.pop()!
    const { readyAt } = user
    user.readyAt = null
    this.#turn(user, readyAt !== null && readyAt <= nowUs ? readyAt : nowUs, nowUs)
  }

  retime(timeline: Timeline): void {
    this.#timeline = timeline
    for (const user of this.#users) {
      user.spans = userSpans(timeline, user.number)
      if (user.state === 'away') this.#planStart(user)
    }
  }

  stop(cause: StopCause): void {
    this.#stopped = true
    const { budget, seriesOf } = this.#parts
    if (cause === 'asked') return
    const windowUs = this.#timeline.windows[0]?.startUs ?? 0
    for (let left = budget.takeAll(); left > 0; left--) seriesOf(this.#nextK()).unsent(windowUs, 'dropped')
  }

  abandon(): void {}

  /** A user's next iteration is due, or what it has to do before the first: it is ready when that is done. */
  #turn(user: User, readyAt: number, nowUs: number): void {
    const { iterations, now } = this.#parts
    const { number, connections } = user
    if (!iterations.mustEnter(number) || !this.#atWork(user, nowUs)) return this.#ready(user, readyAt, nowUs)
    this.#work(user)
    iterations.enter(number, connections, () => {
      const enteredUs = now()
      this.#ready(user, enteredUs, enteredUs)
    })
  }

  /** A user is ready to start an iteration, if it still works and one is left. */
  #ready(user: User, readyAt: number, nowUs: number): void {
    const { budget, iterations } = this.#parts
    if (!this.#atWork(user, nowUs) || !this.#mayStart(budget, user, readyAt)) return this.#leave(user)
    this.#work(user)
    const k = this.#nextK()
    this.#parts.seriesOf(k).lag(readyAt, nowUs - readyAt)
    const { number, connections } = user
    iterations.start({ k, user: number, connections, scheduledAt: readyAt, dispatchedAt: nowUs }, user.think)
  }

  #atWork(user: User, nowUs: number): boolean {
    while (user.spans.length > 0 && user.spans[0]!.toUs <= nowUs) user.spans.shift()
    return !this.#stopped && user.spans.length > 0 && user.spans[0]!.fromUs <= nowUs
  }

  #work(user: User): void {
    if (user.state !== 'working') this.#working++
    user.state = 'working'
  }

  /** Number of the next iteration in the whole load: generators take turns. */
  #nextK(): number {
    const { part } = this.#parts
    return this.#started++ * part.count + part.index
  }

  /** Iterations before the window opens are warm-up and use up nothing. */
  #mayStart(budget: IterationBudget, user: User, readyAt: number): boolean {
    const opensAt = this.#timeline.windows[0]?.startUs ?? Infinity
    return readyAt < opensAt || budget.take(user.number)
  }

  #think(user: User): void {
    const nowUs = this.#parts.now()
    const thinkUs = this.#thinkUs(user)
    if (thinkUs === 0) return this.#turn(user, nowUs, nowUs)
    user.readyAt = nowUs + thinkUs
    // Who has to go before the thinking is over goes then.
    this.#plans.push(Math.min(user.readyAt, Math.max(nowUs, user.spans[0]?.toUs ?? nowUs)), user)
    this.#parts.wake()
  }

  #thinkUs(user: User): number {
    const { thinkTime } = this.#parts
    return thinkTime === null ? 0 : thinkUs(thinkTime, user.random)
  }

  #leave(user: User): void {
    if (user.state === 'working') this.#working--
    user.state = 'away'
    const { connections } = user
    // It may come back before it has left in full.
    user.connections = new UserConnections(this.#parts.now)
    this.#parts.iterations.leave(user.number, () => connections.close())
    this.#planStart(user)
    // Where nothing else is due the loop sleeps until it hears of it.
    this.#parts.wake()
  }

  #planStart(user: User): void {
    const next = user.spans[0]
    if (this.#stopped || next === undefined || this.#parts.budget.isEmpty(user.number)) return
    user.state = 'planned'
    this.#plans.push(Math.max(next.fromUs, this.#joinsAt(user)), user)
  }

  #joinsAt({ number }: User): number {
    const { joinUs, users } = this.#parts
    return joinUs === undefined ? 0 : Math.round(joinUs + (JOIN_SPREAD_US * number) / users)
  }
}
