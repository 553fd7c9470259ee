import { type Distribution, EMPTY_DISTRIBUTION, mergeDistributions, percentile } from '../domain/distribution.ts'
import type { GeneratorHealth } from '../domain/measurement.ts'
import type { GeneratorDelta } from '../pool/protocol.ts'
import { OUTSIDE } from './load-course.ts'

/** A window as far as it is known; `endUs` is `null` while it is open. */
export interface Span {
  readonly startUs: number
  readonly endUs: number | null
}

interface HealthSum {
  elapsedUs: number
  cpuUs: number
  loopDelay: Distribution
  rssBytes: number
}

/** What the aggregator remembers of one generator process beside the numbers that add up. */
export class GeneratorTrack {
  readonly index: number
  #last: GeneratorDelta | null = null
  #missingMessages = 0
  #clockJumpUs = 0
  #firstGood: { readonly atUs: number; readonly latencyUs: number } | null = null
  readonly #windows = new Map<number, Span>()
  readonly #health = new Map<number, HealthSum>()
  /** Why the load host gave it up, e.g. `was silent for 3.2 s`; `null` while it lives. */
  lostReason: string | null = null

  constructor(index: number) {
    this.index = index
  }

  /** Last delta that was taken. */
  get last(): GeneratorDelta | null {
    return this.#last
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
  get incomplete(): string | null {
    if (this.lostReason !== null) return this.lostReason
    if (this.#missingMessages > 0) return `lost ${this.#missingMessages} of its messages`
    return this.#last?.final === true ? null : 'never sent its last numbers'
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
    for (const { window, startUs, endUs } of delta.windows) this.#windows.set(window, { startUs, endUs })
    this.#addHealth(delta, this.#last?.atUs ?? 0)
    this.#last = delta
    return true
  }

  /** Health over the given windows; over everything when no delta fell into them; `null` without any delta. */
  health(windows: readonly number[]): GeneratorHealth | null {
    const inside = windows.flatMap((window) => this.#health.get(window) ?? [])
    const sums = inside.length > 0 ? inside : [...this.#health.values()]
    if (sums.length === 0) return null
    const elapsedUs = sums.reduce((total, sum) => total + sum.elapsedUs, 0)
    return {
      generator: this.index,
      cpuShare: elapsedUs === 0 ? 0 : sums.reduce((total, sum) => total + sum.cpuUs, 0) / elapsedUs,
      loopDelayP99Us: percentile(mergeDistributions(sums.map((sum) => sum.loopDelay)), 99) ?? 0,
      rssBytes: Math.max(...sums.map((sum) => sum.rssBytes)),
    }
  }

  #addHealth(delta: GeneratorDelta, sinceUs: number): void {
    const elapsedUs = Math.max(0, delta.atUs - sinceUs)
    const window = this.#windowAt(sinceUs + elapsedUs / 2)
    const sum = this.#health.get(window) ?? { elapsedUs: 0, cpuUs: 0, loopDelay: EMPTY_DISTRIBUTION, rssBytes: 0 }
    this.#health.set(window, {
      elapsedUs: sum.elapsedUs + elapsedUs,
      cpuUs: sum.cpuUs + delta.cpuShare * elapsedUs,
      loopDelay: mergeDistributions([sum.loopDelay, delta.loopDelay ?? EMPTY_DISTRIBUTION]),
      rssBytes: Math.max(sum.rssBytes, delta.rssBytes),
    })
  }

  #windowAt(atUs: number): number {
    for (const [window, { startUs, endUs }] of this.#windows) {
      if (atUs >= startUs && (endUs === null || atUs < endUs)) return window
    }
    return OUTSIDE
  }
}
