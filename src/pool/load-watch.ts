import type { AlertChange } from '../domain/alert.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { ResourceSample, WatchedResource } from '../domain/resource.ts'
import type { ValidityFinding } from '../domain/validity.ts'
import { AbortWatch } from '../measure/abort-watch.ts'
import { AlertWatch } from '../measure/alert-watch.ts'
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
  /** An alert has begun or ended, or cannot be watched. */
  alerted(change: AlertChange): void
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
  readonly #alerts: AlertWatch
  #rules: AbortWatch | null
  #warmup: WarmupWatch | null
  #note: string | null

  constructor(plan: LoadPlan, clock: WatchClock, load: WatchedLoad) {
    this.#clock = clock
    this.#load = load
    this.#rules = plan.abortOn.length === 0 ? null : new AbortWatch(plan.abortOn)
    this.#alerts = new AlertWatch(plan.alerts)
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

  /** Takes what was seen of a watched resource, also before the load. */
  sample(resource: WatchedResource, sample: ResourceSample, idle: boolean): void {
    const phase = idle ? 'idle' : this.#clock.stateAt(sample.atUs) === 'warmup' ? 'warmup' : 'load'
    this.#alerts.sample(resource, sample, phase).forEach((change) => this.#load.alerted(change))
  }

  /** What the alerts have come to; the load has ended. */
  ended(): ReturnType<AlertWatch['end']> {
    return this.#alerts.end()
  }

  lost(generator: number): void {
    this.#seconds.lost(generator)
    this.#judge()
  }

  #judge(): void {
    for (const second of this.#seconds.take()) {
      this.#watchWarmup(second)
      this.#watchAlerts(second)
      this.#watchRules(second)
    }
  }

  #watchAlerts(second: LiveSecond): void {
    const state = this.#clock.stateAt(second.second * 1e6)
    if (state === 'draining') return
    this.#alerts.second(second, state === 'warmup').forEach((change) => this.#load.alerted(change))
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
