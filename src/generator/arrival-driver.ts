import type { OpenLoadPlan } from '../domain/load-plan.ts'
import { NOTHING_GENERATED, type Observation } from '../domain/observation.ts'
import { type ArrivalTimes, dealt, type Lane, pacerOf } from '../plan/pacer.ts'
import type { Timeline } from '../plan/timeline.ts'
import type { Iterations } from './iterations.ts'
import type { IterationSeries } from './joint-series.ts'
import type { LoadDriver, StopCause } from './load-driver.ts'
import type { Recorder } from './recorder.ts'
import type { SharedConnections } from './client/shared-connections.ts'
import { UserConnections } from './client/user-connections.ts'

/** An arrival that the generator itself meets later than this is never sent: bursts are not what was asked for. */
const MISSED_AFTER_US = 500_000

interface Arrival {
  readonly k: number
  readonly scheduledAt: number
  readonly dispatchedAt: number
}

interface User {
  readonly number: number
  readonly connections: UserConnections
}

/** What an arrival driver works with. */
export interface ArrivalDriverParts {
  readonly profile: OpenLoadPlan
  readonly seed: number
  /** `null` when there are fewer users than generators and none is left for this one. */
  readonly lane: Lane | null
  readonly timeline: Timeline
  readonly iterations: Iterations
  readonly recorder: Recorder
  /** Where arrival k counts. */
  readonly seriesOf: (k: number) => IterationSeries
  readonly now: () => number
  /** Connections that the users share. */
  readonly shared?: SharedConnections
}

/**
 * Open load: arrivals come at the pacer's times whatever the target does. Each takes a free user; when this
 * generator's share of `maxUsers` is busy it waits in a queue, and its latency goes on counting.
 */
export class ArrivalDriver implements LoadDriver {
  readonly #parts: ArrivalDriverParts
  readonly #pacer: ArrivalTimes | null
  readonly #maxUsers: number
  readonly #maxQueue: number
  /** Last in, first out: the connection that was used last is the least likely to have been closed. */
  readonly #free: User[] = []
  #users = 0
  #queue: Arrival[] = []
  #queueHead = 0
  #stopped = false
  #skipping = false

  constructor(parts: ArrivalDriverParts) {
    const { profile, lane, timeline, seed } = parts
    this.#parts = parts
    this.#pacer = lane === null ? null : pacerOf(profile, timeline, seed, lane)
    this.#maxUsers = lane === null ? 0 : usersOf(profile, lane)
    this.#maxQueue = profile.maxQueue === null || lane === null ? Infinity : dealt(profile.maxQueue, lane)
  }

  get dueUs(): number {
    return this.#stopped || this.#skipping || this.#pacer === null ? Infinity : this.#pacer.nextUs
  }

  get usersActive(): number {
    return this.#users - this.#free.length
  }

  get queued(): number {
    return this.#queue.length - this.#queueHead
  }

  get exhausted(): boolean {
    return this.dueUs === Infinity && this.queued === 0 && !this.#skipping
  }

  fire(dispatchedAt: number): void {
    const { recorder, seriesOf } = this.#parts
    const pacer = this.#pacer!
    const { k, nextUs: scheduledAt } = pacer
    const series = seriesOf(k)
    pacer.advance()
    const lagUs = dispatchedAt - scheduledAt
    const onTime = lagUs <= MISSED_AFTER_US
    series.lag(scheduledAt, lagUs)
    recorder.paced(scheduledAt, onTime)
    if (!onTime) return series.unsent(scheduledAt, 'missed')
    const arrival = { k, scheduledAt, dispatchedAt }
    const user = this.#free.pop() ?? this.#newUser()
    if (user !== null) this.#send(arrival, user)
    else if (this.queued < this.#maxQueue) this.#queue.push(arrival)
    else series.unsent(scheduledAt, 'dropped')
  }

  /**
   * Goes past arrivals that are over, because another generator had them: those from `sinceUs` on count as missed, of
   * those before it has told. It walks at most `atMost` of them, and nothing is sent until all are behind.
   * @returns how many count as missed, and whether there are more to go past
   */
  skip(sinceUs: number, untilUs: number, atMost: number): { readonly missed: number; readonly more: boolean } {
    const { recorder, seriesOf } = this.#parts
    const pacer = this.#pacer
    if (pacer === null) return { missed: 0, more: false }
    let missed = 0
    for (let walked = 0; walked < atMost && pacer.nextUs < untilUs; walked++) {
      if (pacer.nextUs >= sinceUs) {
        seriesOf(pacer.k).unsent(pacer.nextUs, 'missed')
        recorder.paced(pacer.nextUs, false)
        missed++
      }
      pacer.advance()
    }
    this.#skipping = pacer.nextUs < untilUs
    return { missed, more: this.#skipping }
  }

  retime(timeline: Timeline): void {
    this.#pacer?.retime(timeline)
  }

  stop(cause: StopCause): void {
    // When time is up the pacer runs dry by itself; an arrival that is still a little late belongs to the load.
    if (cause === 'asked') this.#stopped = true
  }

  abandon(): void {
    const { seriesOf, recorder, now } = this.#parts
    // A pacer that is still behind would go on starting requests that nobody waits for.
    if (this.dueUs < Infinity) this.skip(-Infinity, Infinity, Infinity)
    for (let waiting = this.#dequeue(); waiting !== null; waiting = this.#dequeue()) {
      const series = seriesOf(waiting.k)
      const observation = neverSent(series.request, waiting, now())
      series.ended({ observation, gaps: [] })
      recorder.error(series.request, observation.failure!)
    }
  }

  #newUser(): User | null {
    const { lane, now, shared } = this.#parts
    if (lane === null || this.#users >= this.#maxUsers) return null
    return { number: this.#users++ * lane.count + lane.index, connections: new UserConnections(now, shared) }
  }

  #send(arrival: Arrival, user: User): void {
    const { iterations } = this.#parts
    const { number, connections } = user
    // The arrival waits for its user, and its latency goes on counting.
    if (iterations.mustEnter(number)) return iterations.enter(number, connections, () => this.#send(arrival, user))
    iterations.start({ ...arrival, user: number, connections }, () => {
      const next = this.#dequeue()
      if (next === null) this.#free.push(user)
      else this.#send(next, user)
    })
  }

  #dequeue(): Arrival | null {
    const arrival = this.#queue[this.#queueHead]
    if (arrival === undefined) return null
    this.#queueHead++
    // Cut off what was taken, now and then: a shift per arrival would move the whole queue.
    if (this.#queueHead >= 1024 && this.#queueHead * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#queueHead)
      this.#queueHead = 0
    }
    return arrival
  }
}

/** The larger share of a burst falls to another generator each time, and must not wait there. */
function usersOf({ executor, maxUsers }: OpenLoadPlan, lane: Lane): number {
  // Lanes that were dealt on may be more than there are users, and each has to be carried.
  return Math.max(1, executor === 'burst-arrivals' ? Math.ceil(maxUsers / lane.count) : dealt(maxUsers, lane))
}

function neverSent(request: string, { scheduledAt, dispatchedAt }: Arrival, endedAt: number): Observation {
  return {
    request,
    scheduledAt,
    dispatchedAt,
    endedAt,
    sentAt: null,
    firstByteAt: null,
    ...NOTHING_GENERATED,
    bytesReceived: 0,
    stages: null,
    failure: { kind: 'aborted', detail: 'stopped', message: 'the load ended while the arrival waited for a free user' },
  }
}
