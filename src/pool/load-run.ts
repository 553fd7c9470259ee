import type { LoadPlan } from '../domain/load-plan.ts'
import type { LiveState } from '../domain/live.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Engine, GeneratorTeam, TeamListener } from './engine.ts'
import { LaneDeal } from './lane-deal.ts'
import type { GeneratorCommand, GeneratorDelta, GeneratorReport, RowsAsked, SerialisedError } from './protocol.ts'

const READY_WITHIN_MS = 20_000
const TICK_MS = 250
/** Over the plan and its graceful stop: what generators may take to report the end. */
const SLACK_MS = 10_000
/** How long aborted generators may take to hand in their last numbers. */
const ABORT_WITHIN_MS = 1000

/** Receives what a run measures, as it comes. */
export interface RunSink {
  add(delta: GeneratorDelta): void
  /** Which worker a generator is, where it has a name. */
  named(generator: number, name: string): void
  lost(generator: number, reason: string): void
  /** The others go on with a lost generator's load; of so many of its requests nobody will hear. */
  redealt(generator: number, missed: number): void
  /** The run ends before its plan does; called once, at once. */
  aborted(reason: string): void
  /** Called four times a second and on every change of state. */
  tick(elapsedUs: number, state: LiveState): void
  output(text: string): void
  /** A sentence of a generator for the user. */
  note(message: string): void
}

/** How a run ended. */
export interface RunEnd {
  readonly startedAt: string
  /** From the run's zero to the end, microseconds. */
  readonly totalUs: number
  /** Why it ended before its plan did, in a sentence; `null` for a complete run. */
  readonly aborted: string | null
  /** The scenario's own error, which stopped the load. */
  readonly scenarioError: SerialisedError | null
}

/** Where a plan stands. */
export interface PlanClock {
  /** Latest possible end of the starts, microseconds since the run's zero. */
  readonly latestEndUs: number
  stateAt(elapsedUs: number): LiveState
  /** The first window opened at this time (warm-up without a planned end). */
  opened(atUs: number): void
}

/** One load on its generators: prepare, start together, listen, end all. Nothing of it lives after `close()`. */
export class LoadRun {
  readonly #plan: LoadPlan
  readonly #engine: Engine
  readonly #clock: PlanClock
  readonly #sink: RunSink
  readonly #nowUs: () => number
  readonly #rows: RowsAsked | null
  /** Indices of the generators. */
  readonly #generators: readonly number[]
  readonly #ready = new Set<number>()
  readonly #warm = new Set<number>()
  readonly #final = new Set<number>()
  /** Lost generators, and why. */
  readonly #lost = new Map<number, string>()
  readonly #lastHeardMs = new Map<number, number>()
  readonly #deal: LaneDeal
  /** Parts of lost generators that have not been confirmed, and what is known to be missed. */
  readonly #redeals = new Map<number, { waiting: number; missed: number }>()
  #team: GeneratorTeam | null = null
  #opened = false
  #startUs = 0
  #aborted: string | null = null
  #scenarioError: SerialisedError | null = null
  #wake: () => void = () => undefined

  /** @param rows files with a line for each request; `null` for none */
  constructor(
    plan: LoadPlan,
    engine: Engine,
    clock: PlanClock,
    sink: RunSink,
    nowUs: () => number,
    rows: RowsAsked | null = null,
  ) {
    this.#plan = plan
    this.#rows = rows
    this.#engine = engine
    this.#generators = Array.from({ length: plan.generators }, (_, index) => index)
    this.#clock = clock
    this.#sink = sink
    this.#nowUs = nowUs
    this.#deal = new LaneDeal(plan)
  }

  /** Ends the load early; what was measured so far is kept. */
  abort(reason: string): void {
    if (this.#aborted !== null) return
    this.#aborted = reason
    this.#sink.aborted(reason)
    this.#broadcast({ kind: 'stop', gracefulUs: 0, reason })
    this.#wake()
  }

  /** Ends a warm-up without a planned end: the first window opens a moment from now, for all generators together. */
  open(): void {
    if (this.#opened) return
    this.#opened = true
    const atUs = this.#nowUs() + this.#engine.headStartUs
    this.#clock.opened(atUs - this.#startUs)
    this.#broadcast({ kind: 'open', atUs })
  }

  /** Lets all generators start at `startUs` (absolute monotonic microseconds) and waits for the end of their load. */
  async run(startUs: number): Promise<RunEnd> {
    const startedAt = new Date().toISOString()
    this.#startUs = startUs
    this.#broadcast({ kind: 'go', startUs })
    try {
      await this.#listen()
      return { startedAt, totalUs: this.#elapsedUs(), aborted: this.#aborted, scenarioError: this.#scenarioError }
    } finally {
      await this.close()
    }
  }

  /** Ends all generators; again is no harm. */
  async close(): Promise<void> {
    await this.#team?.close()
  }

  /**
   * Starts the generators and waits until each has loaded the scenario.
   * @throws LoadError `load-aborted` when the generators could not be started, `scenario-failed` when the scenario could not be loaded
   */
  async prepare(): Promise<void> {
    this.#sink.tick(0, 'preparing')
    const listener: TeamListener = {
      report: (report) => this.#hear(report),
      output: (text) => this.#sink.output(text),
      named: (index, name) => this.#sink.named(index, name),
      lost: (index, reason) => this.#lose(index, reason),
      stopped: (reason) => this.abort(reason),
    }
    this.#team = this.#engine.team(this.#plan, listener, this.#rows)
    const deadline = Date.now() + READY_WITHIN_MS
    while (this.#ready.size < this.#plan.generators) {
      this.#throwIfStopped()
      if (Date.now() > deadline)
        throw new LoadError('load-aborted', `the generators were not ready within ${READY_WITHIN_MS / 1000} s`)
      await this.#next()
    }
    this.#throwIfStopped()
  }

  #throwIfStopped(): void {
    if (this.#scenarioError !== null)
      throw new LoadError('scenario-failed', this.#scenarioError.message, { cause: this.#scenarioError })
    if (this.#aborted !== null) throw new LoadError('load-aborted', this.#aborted)
    for (const [index, reason] of this.#lost)
      throw new LoadError('load-aborted', `generator ${index} ${reason} before the load started`)
  }

  async #listen(): Promise<void> {
    const lastEndUs = this.#clock.latestEndUs + this.#plan.gracefulStopUs
    let abortedSinceMs: number | null = null
    let lastTickMs = Date.now()
    this.#generators.forEach((index) => this.#lastHeardMs.set(index, lastTickMs))
    while (this.#final.size + this.#lost.size < this.#generators.length) {
      await this.#next()
      const nowMs = Date.now()
      // After a pause of this process the messages of the pause are still in the channel: blame nobody yet.
      if (nowMs - lastTickMs > 1000) this.#generators.forEach((index) => this.#lastHeardMs.set(index, nowMs))
      lastTickMs = nowMs
      this.#sink.tick(this.#elapsedUs(), this.#clock.stateAt(this.#elapsedUs()))
      this.#loseSilent(nowMs)
      if (this.#elapsedUs() > lastEndUs + SLACK_MS * 1000) this.abort('the load did not end by its deadline')
      if (this.#aborted === null) continue
      abortedSinceMs ??= nowMs
      if (nowMs - abortedSinceMs > ABORT_WITHIN_MS) return
    }
  }

  #loseSilent(nowMs: number): void {
    for (const index of this.#generators) {
      const silentMs = nowMs - this.#lastHeardMs.get(index)!
      if (!this.#final.has(index) && silentMs > this.#engine.silentAfterMs)
        this.#lose(index, `was silent for ${(silentMs / 1000).toFixed(1)} s`)
    }
  }

  /** A generator that was given up must not wake up and add load or numbers. */
  #lose(index: number, reason: string): void {
    if (this.#final.has(index) || this.#lost.has(index)) return
    this.#lost.set(index, reason)
    this.#team?.drop(index)
    this.#sink.lost(index, reason)
    if (!this.#redeal(index)) this.abort(`generator ${index} ${reason}`)
    this.#openWhenWarm()
    this.#wake()
  }

  /** Lets the others go on with what a lost generator had; false where that was not asked for or nobody is left. */
  #redeal(lost: number): boolean {
    const survivors = this.#generators.filter((index) => !this.#final.has(index) && !this.#lost.has(index))
    const wanted = this.#plan.onLostGenerator === 'redeal' && this.#startUs > 0 && this.#aborted === null
    if (!wanted || survivors.length === 0) return false
    const parts = this.#deal.lose(lost, survivors)
    this.#redeals.set(lost, { waiting: parts.length, missed: 0 })
    for (const { survivor, takeOver } of parts)
      this.#team!.send(survivor, { ...takeOver, sinceUs: this.#startUs + takeOver.sinceUs })
    return true
  }

  #tookOver(generator: number, missed: number): void {
    const redeal = this.#redeals.get(generator)
    if (redeal === undefined) return
    redeal.waiting--
    redeal.missed += missed
    if (redeal.waiting === 0) this.#sink.redealt(generator, redeal.missed)
  }

  #openWhenWarm(): void {
    const living = this.#generators.filter((index) => !this.#lost.has(index))
    if (this.#warm.size === 0 || !living.every((index) => this.#warm.has(index))) return
    this.open()
  }

  #hear(report: GeneratorReport): void {
    if (this.#lost.has(report.index)) return
    this.#lastHeardMs.set(report.index, Date.now())
    switch (report.kind) {
      case 'ready':
        this.#ready.add(report.index)
        break
      case 'warm':
        this.#warm.add(report.index)
        this.#openWhenWarm()
        break
      case 'delta':
        this.#deal.heard(report)
        this.#sink.add(report)
        if (report.final) this.#final.add(report.index)
        break
      case 'took-over':
        this.#tookOver(report.generator, report.missed)
        break
      case 'scenario-error':
        this.#scenarioError ??= report.error
        this.abort('the scenario failed')
        break
      case 'note':
        this.#sink.note(report.message)
        break
      case 'exchanged':
        break
    }
    this.#wake()
  }

  #broadcast(command: GeneratorCommand): void {
    this.#generators.forEach((index) => this.#team?.send(index, command))
  }

  /** Resolves at the next message or tick. */
  #next(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TICK_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #elapsedUs(): number {
    return Math.max(0, this.#nowUs() - this.#startUs)
  }
}
