import type { LiveSnapshot } from '../domain/live.ts'
import type { LegReport, LoadLeg } from '../domain/load-leg.ts'
import { type LoadPlan, withoutTimes } from '../domain/load-plan.ts'
import {
  type GeneratorHealth,
  type MeasurementData,
  type PromptOffset,
  type SeriesData,
  type StepData,
  addPromptOffsets,
} from '../domain/measurement.ts'
import type { TokenSource } from '../domain/observation.ts'
import { type Validity, type ValidityFinding, validityOf } from '../domain/validity.ts'
import type { GeneratorDelta } from '../pool/protocol.ts'
import { gapsIn, measuredUs, OpenGaps, partsOf, type TimeSpan } from './gaps.ts'
import { AlertTable } from './alert-table.ts'
import { CheckSums } from './check-sums.ts'
import { ErrorSums } from './error-sums.ts'
import { GeneratorTrack } from './generator-track.ts'
import { type LiveMoment, liveSnapshot } from './live-snapshot.ts'
import { OUTSIDE, isUneven, levelsOf, phaseAt } from './load-course.ts'
import type { LoadProgress, WindowProgress } from '../domain/load-progress.ts'
import { mediansIn, SecondBuckets } from './second-buckets.ts'
import { SeriesTable } from './series-table.ts'
import { promptFindings, promptOffsetOf } from './prompt-lengths.ts'
import { WatchedTable } from './watched-table.ts'
import { type ValidityFacts, joinValidity, judgeValidity } from './validity.ts'

/** Latencies of a second may come this much later than its end. */
const SETTLE_SECONDS = 5

/** What the end of a load adds to its numbers. */
export interface LoadEnd extends Pick<MeasurementData, 'runId' | 'specId' | 'startedAt' | 'totalUs'> {
  /** Why the load ended before its plan did, in a sentence; `null` for a complete one. */
  readonly aborted: string | null
}

/**
 * Adds up what the generators of one load report. Its memory depends on seconds, windows, names and distinct values,
 * never on the number of requests.
 */
export class Aggregator {
  readonly #plan: LoadPlan
  readonly #tracks: readonly GeneratorTrack[]
  readonly #series: SeriesTable
  readonly #seconds: SecondBuckets
  readonly #gaps: OpenGaps
  readonly #paced = new Map<number, { scheduled: number; dispatched: number }>()
  readonly #checks = new CheckSums()
  readonly #errors = new ErrorSums()
  readonly #tokenSources = new Set<TokenSource>()
  readonly #found: ValidityFinding[] = []
  #promptOffset: PromptOffset | null = null
  /** What is watched beside the load. */
  readonly watched: WatchedTable
  readonly alerts: AlertTable

  /** @param leg what was measured before: adding goes on as if it had never stopped */
  constructor(plan: LoadPlan, leg: LoadLeg | null = null) {
    this.#plan = plan
    this.#tracks = Array.from(
      { length: plan.generators },
      (_, index) => new GeneratorTrack(index, leg?.generators[index]),
    )
    this.#seconds = new SecondBuckets(leg?.seconds)
    this.#gaps = new OpenGaps(leg?.gaps)
    this.#series = new SeriesTable(leg?.series)
    this.watched = new WatchedTable(leg?.watched)
    this.alerts = new AlertTable(leg?.alerts)
    if (leg === null) return
    for (const { window, ...paced } of leg.paced) this.#paced.set(window, paced)
    this.#errors.add(leg.errors)
    this.#checks.add(leg.checks)
    for (const source of leg.tokenSources) this.#tokenSources.add(source)
    this.#found.push(...leg.findings)
    this.#promptOffset = leg.promptOffset ?? null
  }

  /** All of it as plain data, for a later {@link Aggregator}. */
  leg(): LoadLeg {
    return {
      series: this.#series.leg(),
      seconds: this.#seconds.leg(),
      generators: this.#tracks.map((track) => track.leg()),
      gaps: this.#gaps.leg(),
      paced: Array.from(this.#paced, ([window, counts]) => ({ window, ...counts })),
      errors: this.#errors.list(),
      checks: this.#checks.leg(),
      tokenSources: [...this.#tokenSources],
      findings: [...this.#found],
      watched: this.watched.list(),
      alerts: this.alerts.list(),
      promptOffset: this.#promptOffset,
    }
  }

  /** The load broke off after its last window: nothing is left to drive, but not every answer was awaited. */
  endAfterBreak(reason: string): void {
    this.#tracks.forEach((track) => track.end())
    this.found({
      cause: 'resumed',
      severity: 'suspect',
      message: `the load broke off after its last window (${reason}); requests that were in flight then are missing`,
      advice: 'measure in one piece what must be above doubt',
    })
  }

  /** How far the load has come. */
  progress(): LoadProgress {
    const untilUs = total(this.#tracks, 'untilUs') / this.#tracks.length
    const words = this.#tracks.flatMap((track) => track.last ?? [])
    const windows = levelsOf(this.#plan).flatMap((_, window): WindowProgress[] => {
      const known = this.#tracks.flatMap((track) => track.windows.get(window) ?? [])
      if (known.length === 0) return []
      const closed = known.every(({ endUs }) => endUs !== null)
      const span = this.#span(window, untilUs)
      return [{ window, measuredUs: measuredUs(span, this.#gaps.until(untilUs)), closedUs: closed ? span.endUs : null }]
    })
    return {
      untilUs,
      complete: this.#tracks.every((track) => track.last !== null && !track.running),
      windows,
      attempted: this.#series.outcomes(({ window }) => window !== OUTSIDE).attempted,
      started: this.#series.outcomes(() => true).attempted + total(words, 'inFlight') + total(words, 'queued'),
    }
  }

  /** Adds a delta; one that came twice counts once, one that is missing makes the measurement invalid. */
  add(delta: GeneratorDelta): void {
    const track = this.#tracks[delta.index]
    const sinceUs = track?.untilUs ?? 0
    if (track?.accept(delta) !== true) return
    if (delta.windows.length > 0) this.#gaps.close(Math.min(...delta.windows.map(({ startUs }) => startUs)))
    for (const { window, request, level, outcomes, distributions, tokenSources } of delta.series) {
      const sum = this.#series.sum(level, window, request)
      sum.addOutcomes(outcomes)
      sum.addDistributions(distributions)
      if (window !== OUTSIDE) tokenSources.forEach((source) => this.#tokenSources.add(source))
    }
    for (const bucket of delta.buckets) {
      this.#series.sum(bucket.level, bucket.window, bucket.request).addEvents(bucket)
      if (bucket.level === 'iteration') this.#seconds.add(bucket)
    }
    for (const { window, scheduled, dispatched } of delta.paced) {
      const paced = this.#pacedIn([window])
      this.#paced.set(window, { scheduled: paced.scheduled + scheduled, dispatched: paced.dispatched + dispatched })
    }
    this.#checks.add(delta.checks)
    this.#promptOffset = addPromptOffsets(this.#promptOffset, delta.promptOffset ?? null)
    this.#errors.add(delta.errors)
    // State holds for the seconds that have ended since the generator spoke last; its last word also for the rest.
    const until = delta.final ? Math.ceil(delta.atUs / 1e6) : Math.floor(delta.atUs / 1e6)
    this.#seconds.addState(Math.floor(sinceUs / 1e6), until, delta.usersActive, delta.queued)
    this.#seconds.settle(Math.floor(delta.atUs / 1e6) - SETTLE_SECONDS)
  }

  /** Adds what was kept of an earlier process, in order. */
  replay(reports: readonly LegReport<GeneratorDelta>[]): void {
    for (const report of reports) {
      if (report.kind === 'delta') this.add(report)
      else if (report.kind === 'resumed') this.#resume(report.atUs, report.reason)
      else if (report.kind === 'alert') {
        if (report.span.ended) this.alerts.update(report.rule, report.span)
        else this.alerts.began(report.rule, report.span)
      } else {
        const { kind: _kind, ...sample } = report
        this.watched.add(sample, sample.atUs <= 0)
      }
    }
  }

  /** Which worker of a cluster a generator is. */
  named(generator: number, name: string): void {
    const track = this.#tracks[generator]
    if (track !== undefined) track.name = name
  }

  /** The generator died or fell silent; `reason` continues `generator 0 ...`. */
  lost(generator: number, reason: string): void {
    const track = this.#tracks[generator]
    if (track !== undefined) track.lostReason ??= reason
  }

  /** The other generators went on with a lost one's load; of so many of its requests nobody will hear. */
  redealt(generator: number, missed: number): void {
    const track = this.#tracks[generator]
    if (track !== undefined) track.unaccounted = missed
  }

  /** Something was found wrong while the load ran, beside what its numbers tell. */
  found(finding: ValidityFinding): void {
    this.#found.push(finding)
  }

  /** What the load looks like now. */
  snapshot(at: LiveMoment): LiveSnapshot {
    const [plan, tracks, series, seconds] = [this.#plan, this.#tracks, this.#series, this.#seconds]
    return liveSnapshot({ plan, tracks, series, seconds, watched: this.watched, alerts: this.alerts }, at)
  }

  /** The measurement, judged. */
  finish({ runId, specId, startedAt, totalUs, aborted }: LoadEnd): MeasurementData {
    const spans = levelsOf(this.#plan).map((_, window) => this.#span(window, totalUs))
    const windows = spans.map((_, window) => window)
    const gaps = this.#gaps.until(totalUs)
    const parts = spans.flatMap((span) => partsOf(span, gaps))
    const windowUs = parts.reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0)
    const seconds = this.#seconds.list()
    const series = this.#series.merge(({ level, window }) => level === 'iteration' && window !== OUTSIDE, windowUs)
    const facts = (
      of: readonly number[],
      ofSeries: SeriesData,
      span: TimeSpan,
      secondMediansUs: readonly number[],
    ): ValidityFacts => ({
      plan: this.#plan,
      series: ofSeries,
      paced: this.#pacedIn(of),
      health: this.#health(of),
      secondMediansUs,
      gaps: gapsIn(span, gaps),
      tokenSource: this.#tokenSource(),
      lost: this.#tracks.flatMap((track) => track.incomplete ?? []),
      attempted: series.outcomes.attempted,
      clockJumpUs: Math.max(...this.#tracks.map((track) => track.clockJumpUs)),
      endedEarly: aborted,
    })
    const steps = levelsOf(this.#plan).map((level, index): StepData => {
      const span = spans[index]!
      const own = this.#series.merge(
        (named) => named.level === 'iteration' && named.window === index,
        measuredUs(span, gaps),
      )
      return {
        index,
        ...level,
        ...span,
        series: own,
        validity: this.#judge(
          facts([index], own, span, isUneven(this.#plan) ? [] : mediansIn(seconds, partsOf(span, gaps))),
        ),
      }
    })
    // A trend over steps of different levels is what was asked for, so that only steps are searched for drift.
    const all = { startUs: spans[0]!.startUs, endUs: spans.at(-1)!.endUs }
    const whole = this.#judge(facts(windows, series, all, []))
    return {
      schema: 'perf/measurement@1',
      runId,
      specId,
      plan: withoutTimes(this.#plan),
      startedAt,
      totalUs,
      series,
      requests: this.#series.named('request', windowUs),
      promptClasses: this.#series.named('class', windowUs),
      steps,
      checks: this.#checks.total(),
      warmup: this.#series.outcomes(({ window }) => window === OUTSIDE),
      firstLatencyUs: this.#firstLatencyUs(),
      buckets: seconds.map((second) => ({
        ...second,
        phase: phaseAt(second.second * 1e6 + 5e5, parts),
        withinSlo: this.#plan.slo === null ? null : second.withinSlo,
      })),
      // What the spec does to the target while the load runs is known to the spec alone.
      events: [],
      gaps,
      watched: this.watched.list(),
      alerts: this.alerts.list(),
      ...(this.watched.hasTotals ? { whole: this.#series.whole() } : {}),
      health: this.#health(windows),
      errors: this.#errors.list().sort((a, b) => b.count - a.count),
      tokenSource: this.#tokenSource(),
      promptOffset: promptOffsetOf(this.#plan, this.#promptOffset),
      validity:
        steps.length === 1
          ? steps[0]!.validity
          : joinValidity(
              whole,
              steps.map(({ validity }) => validity),
            ),
    }
  }

  /** What lies between the last report and the next open window is a gap; later reports are counted from `atUs` on. */
  #resume(atUs: number, reason: string): void {
    this.#gaps.open(this.progress().untilUs, reason)
    this.#tracks.forEach((track) => track.resume(atUs))
  }

  #judge(facts: ValidityFacts): Validity {
    const lengths = promptFindings(promptOffsetOf(this.#plan, this.#promptOffset))
    return validityOf([...this.#found, ...lengths, ...judgeValidity(facts).findings])
  }

  #pacedIn(windows: readonly number[]): { scheduled: number; dispatched: number } {
    const paced = windows.flatMap((window) => this.#paced.get(window) ?? [])
    return { scheduled: total(paced, 'scheduled'), dispatched: total(paced, 'dispatched') }
  }

  #health(windows: readonly number[]): GeneratorHealth[] {
    return this.#tracks.flatMap((track) => track.health(windows) ?? [])
  }

  /** From the first generator's opening to the last one's end; of no length when it never opened. */
  #span(window: number, totalUs: number): TimeSpan {
    const known = this.#tracks.flatMap((track) => track.windows.get(window) ?? [])
    if (known.length === 0) return { startUs: totalUs, endUs: totalUs }
    const ends = known.flatMap(({ endUs }) => endUs ?? [])
    return {
      startUs: Math.min(...known.map(({ startUs }) => startUs)),
      endUs: ends.length > 0 ? Math.max(...ends) : totalUs,
    }
  }

  #tokenSource(): MeasurementData['tokenSource'] {
    return this.#tokenSources.size > 1 ? 'mixed' : ([...this.#tokenSources][0] ?? null)
  }

  /** Of the generator that reported a good answer first; deltas come once a second, so that is as near as it gets. */
  #firstLatencyUs(): number | null {
    const first = this.#tracks.flatMap(({ firstGood }) => firstGood ?? []).sort((a, b) => a.atUs - b.atUs)
    return first[0]?.latencyUs ?? null
  }
}

function total<Key extends string>(parts: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return parts.reduce((sum, part) => sum + part[key], 0)
}
