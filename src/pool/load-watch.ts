import type { LoadPlan } from '../domain/load-plan.ts'
import type { ValidityFinding } from '../domain/validity.ts'
import { AbortWatch } from '../measure/abort-watch.ts'
import { type LiveSecond, LiveSeconds } from '../measure/live-seconds.ts'
import { unsteadyFinding, WarmupWatch } from '../measure/warmup-watch.ts'
import { warmupBounds } from '../plan/warmup-bounds.ts'
import type { LivePlanClock } from './plan-clock.ts'
import type { GeneratorDelta } from './protocol.ts'

/** What a watch may do to its load. */
export interface WatchedLoad {
  /** Ends the warm-up. */
  open(): void
  /** Something that the measurement must say of itself. */
  found(finding: ValidityFinding): void
  /** An abort rule is broken. */
  abort(reason: string): void
}

/** What a watch asks of the plan's clock; times are microseconds since the run's start. */
export type WatchClock = Pick<LivePlanClock, 'stateAt' | 'levelAt'>

/** Takes the decisions of a running load that rest on its numbers, once a second. */
export class LoadWatch {
  readonly #load: WatchedLoad
  readonly #clock: WatchClock
  readonly #seconds: LiveSeconds
  #rules: AbortWatch | null
  #warmup: WarmupWatch | null
  #note: string | null

  constructor(plan: LoadPlan, clock: WatchClock, load: WatchedLoad) {
    this.#clock = clock
    this.#load = load
    this.#rules = plan.abortOn.length === 0 ? null : new AbortWatch(plan.abortOn)
    this.#seconds = new LiveSeconds(plan.generators)
    this.#warmup = plan.warmup.kind === 'auto' ? new WarmupWatch(warmupBounds(plan)) : null
    this.#note = this.#warmup === null ? null : 'until steady'
  }

  /** For the live line; `null` for nothing. */
  get note(): string | null {
    return this.#note
  }

  add(delta: GeneratorDelta): void {
    this.#seconds.add(delta)
    this.#judge()
  }

  lost(generator: number): void {
    this.#seconds.lost(generator)
    this.#judge()
  }

  #judge(): void {
    for (const second of this.#seconds.take()) {
      this.#watchWarmup(second)
      this.#watchRules(second)
    }
  }

  #watchRules(second: LiveSecond): void {
    const startUs = second.second * 1e6
    const state = this.#clock.stateAt(startUs)
    // When only the last answers are awaited there is nothing left to end.
    if (this.#rules === null || state === 'draining') return
    const broken = this.#rules.take({ ...second, inWarmup: state === 'warmup', level: this.#clock.levelAt(startUs) })
    if (broken === null) return
    this.#rules = null
    this.#load.abort(broken)
  }

  #watchWarmup(second: LiveSecond): void {
    const end = this.#warmup?.take(second) ?? null
    if (end === null) return
    this.#warmup = null
    this.#note = end.steady ? null : 'warm-up never steady'
    if (!end.steady) this.#load.found(unsteadyFinding(end.reason))
    this.#load.open()
  }
}
