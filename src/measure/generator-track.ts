import { EMPTY_DISTRIBUTION, mergeDistributions, percentile } from '../domain/distribution.ts'
import type { LiveGenerator } from '../domain/live.ts'
import type { GeneratorLeg, GeneratorWord, HealthLeg } from '../domain/load-leg.ts'
import type { GeneratorHealth } from '../domain/measurement.ts'
import type { GeneratorDelta } from '../pool/protocol.ts'
import { OUTSIDE } from './load-course.ts'

/** A window as far as it is known; `endUs` is `null` while it is open. */
export interface Span {
  readonly startUs: number
  readonly endUs: number | null
}

/** A generator whose numbers are not whole. */
export interface IncompleteGenerator {
  readonly generator: number
  /** Of the worker that it is; absent for a process of this machine. */
  readonly worker?: string
  /** Continues `generator 0 ...`. */
  readonly reason: string
  /** Requests that nobody will hear of, where the others went on with its load; `null` where they did not. */
  readonly unaccounted: number | null
}

/** What the aggregator remembers of one generator process beside the numbers that add up. */
export class GeneratorTrack {
  readonly index: number
  #last: GeneratorWord | null = null
  #lately: LiveGenerator | null = null
  #untilUs = 0
  #missingMessages = 0
  #clockJumpUs = 0
  #firstGood: { readonly atUs: number; readonly latencyUs: number } | null = null
  /** A resumed load warms up again although its window is not over. */
  #rewarming = false
  readonly #windows = new Map<number, Span>()
  readonly #health = new Map<number, HealthLeg>()
  /** Of the worker of a cluster that it is; `null` for a process of this machine. */
  name: string | null = null
  /** Why the load host gave it up, e.g. `was silent for 3.2 s`; `null` while it lives. */
  lostReason: string | null = null
  /** Requests of a lost generator that nobody will hear of, once the others went on with its load; `null` before. */
  unaccounted: number | null = null

  constructor(index: number, leg?: GeneratorLeg) {
    this.index = index
    if (leg === undefined) return
    this.#last = leg.last
    this.#untilUs = leg.untilUs
    this.#missingMessages = leg.missingMessages
    this.lostReason = leg.lostReason
    this.unaccounted = leg.unaccounted
    this.#clockJumpUs = leg.clockJumpUs
    this.#firstGood = leg.firstGood
    for (const { window, startUs, endUs } of leg.windows) this.#windows.set(window, { startUs, endUs })
    for (const health of leg.health) this.#health.set(health.window, health)
  }

  /** Last report that was taken; `null` before the first. */
  get last(): GeneratorWord | null {
    return this.#last
  }

  /** How it fared over the time of its last report; `null` before the first. */
  get lately(): LiveGenerator | null {
    return this.#lately
  }

  /** Up to when it has reported, microseconds since the run's start. */
  get untilUs(): number {
    return this.#untilUs
  }

  /** Still at work: it has neither ended nor been given up. */
  get running(): boolean {
    return this.lostReason === null && this.#last?.final !== true
  }

  get windows(): ReadonlyMap<number, Span> {
    return this.#windows
  }

  /** Largest change between two neighbouring deltas of wall clock minus monotonic clock. */
  get clockJumpUs(): number {
    return this.#clockJumpUs
  }

  get firstGood(): { readonly atUs: number; readonly latencyUs: number } | null {
    return this.#firstGood
  }

  /** Why this generator's numbers are not whole, at the end of a load; `null` when they are. */
  get incomplete(): IncompleteGenerator | null {
    const reason = this.#whyIncomplete()
    return reason === null ? null : { ...this.#who, reason, unaccounted: this.unaccounted }
  }

  get #who(): Pick<GeneratorHealth, 'generator' | 'worker'> {
    return { generator: this.index, ...(this.name === null ? {} : { worker: this.name }) }
  }

  #whyIncomplete(): string | null {
    if (this.lostReason !== null) return this.lostReason
    if (this.#missingMessages > 0) return `lost ${this.#missingMessages} of its messages`
    return this.#last?.final === true ? null : 'never sent its last numbers'
  }

  /** All of it as plain data. */
  leg(): GeneratorLeg {
    return {
      untilUs: this.#untilUs,
      last: this.#last,
      missingMessages: this.#missingMessages,
      lostReason: this.lostReason,
      unaccounted: this.unaccounted,
      clockJumpUs: this.#clockJumpUs,
      firstGood: this.#firstGood,
      windows: Array.from(this.#windows, ([window, span]) => ({ window, ...span })),
      health: [...this.#health.values()],
    }
  }

  /** Another process goes on in its place, from this time on. */
  resume(atUs: number): void {
    this.#last = null
    this.#untilUs = atUs
    this.#rewarming = true
  }

  /** It has nothing more to say. */
  end(): void {
    if (this.#last !== null) this.#last = { ...this.#last, final: true }
  }

  /** Takes note of a delta; false when it has been seen before and must not be added again. */
  accept(delta: GeneratorDelta): boolean {
    const expected = (this.#last?.seq ?? -1) + 1
    if (delta.seq < expected) return false
    this.#missingMessages += delta.seq - expected
    if (this.#last !== null) {
      this.#clockJumpUs = Math.max(this.#clockJumpUs, Math.abs(delta.clockOffsetUs - this.#last.clockOffsetUs))
    }
    if (this.#firstGood === null && delta.firstGoodLatencyUs !== null) {
      this.#firstGood = { atUs: delta.atUs, latencyUs: delta.firstGoodLatencyUs }
    }
    for (const { window, startUs, endUs } of delta.windows) {
      this.#rewarming = false
      const known = this.#windows.get(window)?.startUs ?? startUs
      this.#windows.set(window, { startUs: Math.min(known, startUs), endUs })
    }
    this.#addHealth(delta)
    const { cpuShare, loopDelay } = delta
    this.#lately = { cpuShare, loopDelayP99Us: loopDelay === null ? null : percentile(loopDelay, 99) }
    this.#untilUs = delta.atUs
    const { seq, final, clockOffsetUs, usersActive, queued, inFlight } = delta
    this.#last = { seq, final, clockOffsetUs, usersActive, queued, inFlight }
    return true
  }

  /** Health over the given windows; over everything when no delta fell into them; `null` without any delta. */
  health(windows: readonly number[]): GeneratorHealth | null {
    const inside = windows.flatMap((window) => this.#health.get(window) ?? [])
    const sums = inside.length > 0 ? inside : [...this.#health.values()]
    if (sums.length === 0) return null
    const elapsedUs = sums.reduce((total, sum) => total + sum.elapsedUs, 0)
    return {
      ...this.#who,
      cpuShare: elapsedUs === 0 ? 0 : sums.reduce((total, sum) => total + sum.cpuUs, 0) / elapsedUs,
      loopDelayP99Us: percentile(mergeDistributions(sums.map((sum) => sum.loopDelay)), 99) ?? 0,
      rssBytes: Math.max(...sums.map((sum) => sum.rssBytes)),
    }
  }

  #addHealth({ atUs, cpuShare, loopDelay, rssBytes }: GeneratorDelta): void {
    const elapsedUs = Math.max(0, atUs - this.#untilUs)
    const window = this.#windowAt(this.#untilUs + elapsedUs / 2)
    const sum = this.#health.get(window)
    this.#health.set(window, {
      window,
      elapsedUs: (sum?.elapsedUs ?? 0) + elapsedUs,
      cpuUs: (sum?.cpuUs ?? 0) + cpuShare * elapsedUs,
      loopDelay: mergeDistributions([sum?.loopDelay ?? EMPTY_DISTRIBUTION, loopDelay ?? EMPTY_DISTRIBUTION]),
      rssBytes: Math.max(sum?.rssBytes ?? 0, rssBytes),
    })
  }

  #windowAt(atUs: number): number {
    if (this.#rewarming) return OUTSIDE
    for (const [window, { startUs, endUs }] of this.#windows) {
      if (atUs >= startUs && (endUs === null || atUs < endUs)) return window
    }
    return OUTSIDE
  }
}
