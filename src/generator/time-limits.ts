import { type Enrolled, Roster } from './roster.ts'

/** Something that must not last longer than it may. */
export interface Limited extends Enrolled {
  /** When it has lasted too long, if nothing happens before: microseconds since the run's start. May move at any time. */
  readonly dueUs: number
  /** It has. */
  expire(nowUs: number): void
}

/**
 * The time limits of all requests of a generator, with one timer for all: setting and clearing one per request costs
 * more than recording it. The timer fires for the soonest limit that there was when it was set. Most requests end long
 * before theirs, so that it fires a few times in the length of a limit, and looks at all requests then.
 */
export class TimeLimits {
  readonly #now: () => number
  readonly #watched = new Roster<Limited>()
  #timer: NodeJS.Timeout | null = null
  #lookAt = Infinity

  /** @param now microseconds since the run's start */
  constructor(now: () => number) {
    this.#now = now
  }

  watch(limited: Limited): void {
    this.#watched.add(limited)
    this.sooner(limited.dueUs)
  }

  unwatch(limited: Limited): void {
    this.#watched.remove(limited)
  }

  /** A limit may have become sooner than it was. One that has become later needs no telling. */
  sooner(dueUs: number): void {
    if (dueUs < this.#lookAt) this.#lookBy(dueUs)
  }

  #lookBy(dueUs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#lookAt = dueUs
    // What is watched has sockets that keep the process alive; a limit without them must not.
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil((dueUs - this.#now()) / 1e3))).unref()
  }

  #look(): void {
    const nowUs = this.#now()
    this.#lookAt = Infinity
    let soonest = Infinity
    for (const limited of this.#watched.all()) {
      // It may have gone with one that expired before it.
      if (limited.place < 0) continue
      const { dueUs } = limited
      if (dueUs <= nowUs) limited.expire(nowUs)
      else if (dueUs < soonest) soonest = dueUs
    }
    if (soonest < this.#lookAt) this.#lookBy(soonest)
  }
}
