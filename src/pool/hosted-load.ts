import { join } from 'node:path'
import type { AlertChange, AlertSpan } from '../domain/alert.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { LiveSnapshot } from '../domain/live.ts'
import { alertText } from '../format/alert-text.ts'
import type { MonitorRun } from '../monitor/monitor-run.ts'
import { type BundledPlan, bundledPlan } from './bundled-plan.ts'
import type { Engine } from './engine.ts'
import { LoadLegs } from './load-legs.ts'
import { LoadRun, type RunEnd, type RunSink } from './load-run.ts'
import { LoadWatch } from './load-watch.ts'
import { type LivePlanClock, planClock } from './plan-clock.ts'
import type { LoadJournal, LoadObserver, LoadStore } from './ports.ts'
import type { Measured, PlannedLoad, RowsAsked, SerialisedError } from './protocol.ts'

/** Pieces of a scenario's own output that are shown. */
const MOST_OUTPUTS = 100

/** How a load ends of which nothing was left to drive. */
const NOTHING_LEFT: RunEnd = { startedAt: '', totalUs: 0, aborted: null, scenarioError: null }

/** What the loads of a host work with. */
export interface HostedLoadParts {
  readonly runId: string
  readonly engine: Engine
  readonly store: LoadStore
  readonly observer: LoadObserver
  /** Files with a line for each request. @default null: none */
  readonly requestRows?: RequestRowsPlan | null
  /** Absolute microseconds of the monotonic clock that all processes of this machine share. */
  readonly nowUs: () => number
}

/** Where requests are written down one by one, and which part of them. */
export interface RequestRowsPlan {
  /** Absolute path. */
  readonly directory: string
  /** Over 0 to 1. */
  readonly share: number
}

/** Who starts a load and hears of its course. */
export interface HostedLoadOwner {
  /** How many loads run together. */
  readonly together: number
  /** The load ends before its plan does; called once, at once. */
  endedEarly(reason: string): void
  /** The first window opens at this time, microseconds since the run's start; called once, as soon as it is known. */
  opens(atUs: number): void
  /** What is watched beside it; `null` for nothing. */
  readonly monitors: MonitorRun | null
}

/** What a load that was started leaves. */
export interface HostedEnd {
  readonly measured: Measured
  /** The scenario's own error, which stopped the load. */
  readonly scenarioError: SerialisedError | null
  /** Its abort rule or alert that ended it, with what was measured; `null` when it ended otherwise. */
  readonly brokenRule: string | null
}

/**
 * One load of the host, from its plan to its measurement: bundle, generators, clock, aggregator, journal, progress.
 * In order: `prepare()`, `begin()`, `run()`, and `close()` whatever happened; `abort()` at any time.
 */
export class HostedLoad {
  /** As the spec sent it: a scenario module is not bundled yet. */
  readonly asked: PlannedLoad
  readonly #parts: HostedLoadParts
  readonly #owner: HostedLoadOwner
  readonly #shown: Pick<LiveSnapshot, 'title' | 'service'>
  #bundled: BundledPlan | null = null
  #legs: LoadLegs | null = null
  #journal: LoadJournal | null = null
  #run: LoadRun | null = null
  #aborted: string | null = null
  #brokenRule: string | null = null
  #lastProgress = ''
  #outputs = 0
  #clock: LivePlanClock | null = null
  #loadWatch: LoadWatch | null = null
  #openingTold = false

  constructor(asked: PlannedLoad, parts: HostedLoadParts, owner: HostedLoadOwner) {
    const { plan, specId, service } = asked
    this.asked = asked
    this.#parts = parts
    this.#owner = owner
    this.#shown = {
      title: [
        ...[plan.part?.progress ?? plan.progress].filter((progress) => progress !== undefined),
        specId.path.at(-1) ?? specId.file,
        ...(specId.label === '' ? [] : [specId.label]),
      ].join(' · '),
      service: service === null ? null : { name: service, of: owner.together },
    }
  }

  /**
   * Bundles the scenario and starts the generators; resolves when all of them are ready.
   * @throws LoadError `load-aborted` when they could not be started, `scenario-failed` when the scenario could not be loaded
   */
  async prepare(): Promise<void> {
    const { plan: asked, specId } = this.asked
    const { runId, engine, store, observer } = this.#parts
    this.#bundled = await bundledPlan(asked, engine.isRemote)
    const { plan } = this.#bundled
    const earlier = await store.brokenOff(specId, asked)
    const legs = new LoadLegs(asked, plan, earlier)
    this.#legs = legs
    if (legs.breakText !== null) observer.note(`${this.#shown.title}: ${legs.breakText}`)
    const startedAt = earlier?.startedAt ?? new Date().toISOString()
    this.#journal = store.journal({ runId, loadId: plan.id, specId, plan, startedAt, pid: process.pid }, () =>
      legs.aggregator.leg(),
    )
    if (legs.rest === null) return
    this.#declareWatched(legs)
    legs.aggregator.alerts.declare(plan.alerts)
    this.#run = this.#runOf(legs.rest, this.#journal, legs)
    // It may have come while the scenario was bundled.
    if (this.#aborted !== null) this.#run.abort(this.#aborted)
    await this.#run.prepare()
  }

  /**
   * The generators start in a moment.
   * @returns how long before that the load's time zero lies, microseconds: 0 unless it goes on after a break
   */
  begin(): number {
    const resumed = this.#legs!.begin(Date.now())
    if (resumed !== null) this.#journal!.append(resumed)
    return this.#legs!.offsetUs
  }

  /**
   * Lets the generators start together and waits for their end.
   * @param startUs the run's time zero in absolute monotonic microseconds, some milliseconds ahead
   */
  async run(startUs: number): Promise<HostedEnd> {
    const { plan, specId } = this.asked
    const { runId, store, observer } = this.#parts
    const legs = this.#legs!
    this.#tellOpening()
    if (this.#run !== null) this.#watch(startUs)
    const end = (await this.#run?.run(startUs)) ?? NOTHING_LEFT
    if (this.#run !== null && end.aborted === null) await this.#keepTotals(startUs)
    this.#endAlerts()
    const reference = await store.reference(specId, plan)
    const measurement = legs.aggregator.finish({
      runId,
      specId,
      startedAt: legs.startedAt ?? end.startedAt,
      totalUs: end.totalUs + legs.offsetUs,
      aborted: end.aborted,
    })
    observer.finished(measurement, reference)
    return { measured: { measurement, reference }, scenarioError: end.scenarioError, brokenRule: this.#brokenRule }
  }

  /** Ends the load early; what was measured so far is kept. */
  abort(reason: string): void {
    this.#aborted ??= reason
    this.#run?.abort(reason)
  }

  /** Ends every process and removes what lies on disk for this load only. */
  async close(): Promise<void> {
    await this.#run?.close()
    this.#journal?.close()
    await this.#bundled?.remove()
    this.#parts.observer.ended(this.asked.plan.id)
  }

  /** What a scenario prints in each iteration of a day must not fill screen and memory. */
  #printed(text: string): void {
    if (this.#outputs++ > MOST_OUTPUTS) return
    this.#parts.observer.note(
      this.#outputs > MOST_OUTPUTS
        ? `${this.#shown.title}: what the scenario prints from now on is not shown`
        : `${this.#shown.title}: the scenario printed: ${text.trimEnd()}`,
    )
  }

  #tellOpening(): void {
    const atUs = this.#clock?.opensAtUs ?? null
    if (atUs === null || this.#openingTold) return
    this.#openingTold = true
    this.#owner.opens(atUs)
  }

  /** Tells what is watched and what of it cannot be read, each sentence once, also those that come later. */
  #declareWatched({ aggregator }: LoadLegs): void {
    const { monitors } = this.#owner
    const about = new Map<string, string[]>()
    for (const { notes, ...resource } of monitors?.watched ?? []) {
      aggregator.watched.watch(resource, notes)
      for (const note of notes) about.set(note, [...(about.get(note) ?? []), resource.name])
    }
    const { observer } = this.#parts
    for (const [note, names] of about) observer.note(`monitors, ${names.join(', ')}: ${note}`)
    monitors?.onNote((note, resources) => {
      for (const { notes, ...resource } of monitors.watched) {
        if (resources.some(({ name }) => name === resource.name)) aggregator.watched.watch(resource, notes)
      }
      observer.note(`monitors, ${resources.map(({ name }) => name).join(', ')}: ${note}`)
    })
  }

  /** What targets counted, in the load's time base. A load that went on after a break saw but a part of it. */
  async #keepTotals(startUs: number): Promise<void> {
    const { aggregator, offsetUs } = this.#legs!
    for (const [name, totals] of (await this.#owner.monitors?.totals()) ?? []) {
      const { fromUs, toUs, gaps } = totals
      aggregator.watched.total(name, {
        ...totals,
        fromUs: (fromUs ?? toUs) - startUs + offsetUs,
        toUs: toUs - startUs + offsetUs,
        gaps: [
          ...gaps,
          ...(fromUs === null ? ['it told nothing before the load began'] : []),
          ...(offsetUs > 0 ? ['the load broke off and went on later'] : []),
        ],
      })
    }
  }

  /** Takes what is watched into the load's time base. */
  #watch(startUs: number): void {
    const { aggregator, offsetUs } = this.#legs!
    const journal = this.#journal!
    const resources = new Map(this.#owner.monitors?.watched.map((resource) => [resource.name, resource]))
    // A load that goes on after a break was idle before its first leg.
    const knowsIdle = aggregator.watched.hasIdle
    this.#owner.monitors?.begin()
    this.#owner.monitors?.listen((taken, idle) => {
      const ofLeg = { ...taken, atUs: taken.atUs - startUs }
      const resource = resources.get(taken.watched)
      if (resource !== undefined) this.#loadWatch?.sample(resource, ofLeg, idle || ofLeg.atUs <= 0)
      const sample = { ...ofLeg, atUs: ofLeg.atUs + (idle ? 0 : offsetUs) }
      if (idle ? knowsIdle : sample.atUs <= offsetUs) return
      aggregator.watched.add(sample, idle)
      journal.append({ kind: 'sample', ...sample })
    })
  }

  #alerted(change: AlertChange, run: LoadRun): void {
    this.#parts.observer.alerted(change, this.asked.service)
    if (change.kind === 'unwatched') return
    const { rule } = change
    const span = this.#inLoadTime(change.span)
    const { alerts } = this.#legs!.aggregator
    if (change.kind === 'began') alerts.began(rule.text, span)
    else alerts.update(rule.text, span)
    this.#journal!.append({ kind: 'alert', rule: rule.text, span })
    // When only the last answers are awaited there is nothing left to end.
    const isOver = this.#clock?.stateAt(change.span.toUs) === 'draining'
    if (!rule.abort || change.kind !== 'began' || this.#aborted !== null || isOver) return
    this.#brokenRule ??= `alert ${rule.text} after ${Math.round(change.span.toUs / 1e6)} s: ${alertText(change)}`
    run.abort(this.#brokenRule)
  }

  /** What is still on is on until the end. */
  #endAlerts(): void {
    const end = this.#loadWatch?.ended()
    this.#loadWatch = null
    if (end === undefined) return
    const { alerts } = this.#legs!.aggregator
    for (const change of end.changes) this.#parts.observer.alerted(change, this.asked.service)
    for (const { text } of end.watched) alerts.watched(text)
    for (const { rule, span } of end.open) alerts.update(rule.text, this.#inLoadTime(span))
  }

  #inLoadTime(span: AlertSpan): AlertSpan {
    const by = this.#legs!.offsetUs
    return { ...span, fromUs: span.fromUs + by, toUs: span.toUs + by }
  }

  #runOf(plan: LoadPlan, journal: LoadJournal, legs: LoadLegs): LoadRun {
    const { engine, observer, nowUs } = this.#parts
    const { aggregator } = legs
    const clock = planClock(plan)
    this.#clock = clock
    const watch = new LoadWatch(plan, clock, {
      open: () => run.open(),
      found: (finding) => aggregator.found(finding),
      alerted: (change) => this.#alerted(change, run),
      abort: (reason) => {
        this.#brokenRule = reason
        run.abort(reason)
      },
    })
    this.#loadWatch = watch
    const sink: RunSink = {
      add: (delta) => {
        const shifted = legs.shifted(delta)
        aggregator.add(shifted)
        journal.append(shifted)
        watch.add(delta)
      },
      named: (generator, name) => aggregator.named(generator, name),
      lost: (generator, reason) => {
        aggregator.lost(generator, reason)
        watch.lost(generator)
      },
      redealt: (generator, missed) => aggregator.redealt(generator, missed),
      aborted: (reason) => this.#owner.endedEarly(reason),
      tick: (elapsedUs, state) => {
        if (state !== 'preparing') this.#tellOpening()
        const key = `${state} ${Math.floor(elapsedUs / 1e6)}`
        if (key === this.#lastProgress) return
        this.#lastProgress = key
        const at = { elapsedUs, remainingUs: clock.remainingUs(elapsedUs), askedRate: clock.askedRate(elapsedUs) }
        observer.progress(aggregator.snapshot({ ...at, state, note: watch.note, ...this.#shown }))
      },
      output: (text) => this.#printed(text),
      note: (message) => observer.note(`${this.#shown.title}: ${message}`),
    }
    const run = new LoadRun(plan, engine, clock, sink, nowUs, this.#rowsAsked())
    return run
  }

  /** What a search tries is told by the search. */
  #rowsAsked(): RowsAsked | null {
    const { requestRows = null, runId } = this.#parts
    const { plan, specId } = this.asked
    if (requestRows === null || plan.part?.role === 'trial') return null
    const { file, path, label } = specId
    return {
      path: join(requestRows.directory, `${fileWord(path.at(-1) ?? '')}-${plan.id}`),
      share: requestRows.share,
      head: { run: runId, load: plan.id, file, test: path.join(' > '), label },
    }
  }
}

/** What of a test's name a file may be called. */
function fileWord(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 40)
}
