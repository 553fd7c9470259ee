import { EMPTY_DISTRIBUTION, percentile } from '../domain/distribution.ts'
import { LoadError } from '../domain/load-error.ts'
import { type LostRequests, lostRequests } from '../domain/lost-requests.ts'
import type { CheckCounts, MeasurementData, SeriesData, StepData } from '../domain/measurement.ts'
import { type DistributionId, requestMetric } from '../domain/metric.ts'
import { inferredName, isInferred, stagePath } from '../domain/stage-name.ts'
import {
  achievedRate,
  audioSecondsPerSecond,
  bytesPerSecond,
  charactersPerSecond,
  errorRate,
  goodFraction,
  goodput,
  outputTokensPerSecond,
  qps,
  tokenGoodput,
  totalTokensPerSecond,
} from '../domain/series-rates.ts'
import type { Validity } from '../domain/validity.ts'
import { availability } from './availability.ts'
import { type Counter, counterNames, counterOf } from './counter.ts'
import { type DurationSummary, summariseDuration } from './summary.ts'
import { type WatchedView, watchedView } from './watched-view.ts'

/** Which part of a measurement a view shows. */
interface ViewPart {
  readonly series: SeriesData
  /** In words: `step 2 (50/s)`, `request "login"`, `stage "queue"`; empty for the whole load. */
  readonly subject: string
  readonly primary: DistributionId
  readonly validity: Validity
}

/**
 * A measurement, or the part of it that belongs to a step, a request name or a stage: what matchers judge. Immutable.
 * Durations are milliseconds, rates per second, shares 0..1; what was not measured is `null`, never 0.
 */
export class MeasurementView {
  /** The whole load as plain data, in microseconds. */
  readonly data: MeasurementData
  readonly series: SeriesData
  readonly subject: string
  /** What latency matchers judge: `latency`, or the stage. */
  readonly primary: DistributionId
  readonly validity: Validity

  constructor(data: MeasurementData, { series, subject, primary, validity }: ViewPart) {
    this.data = data
    this.series = series
    this.subject = subject
    this.primary = primary
    this.validity = validity
  }

  /** Good completions per second. */
  get qps(): number | null {
    return qps(this.series)
  }

  /** Requests sent per second. */
  get achievedRate(): number | null {
    return achievedRate(this.series)
  }

  /** (failed + dropped + missed) / attempted. */
  get errorRate(): number | null {
    return errorRate(this.series)
  }

  /** Generated tokens per second; `null` when no answer carried tokens. */
  get outputTokensPerSecond(): number | null {
    return outputTokensPerSecond(this.series)
  }

  /** Generated and prompt tokens per second; `null` when no answer carried tokens. */
  get totalTokensPerSecond(): number | null {
    return totalTokensPerSecond(this.series)
  }

  /** Characters of spoken texts per second; `null` when nothing was to be spoken. */
  get charactersPerSecond(): number | null {
    return charactersPerSecond(this.series)
  }

  /** Seconds of audio, produced or transcribed, per second; `null` when there was no audio. */
  get audioSecondsPerSecond(): number | null {
    return audioSecondsPerSecond(this.series)
  }

  /** Bytes of response bodies per second. */
  get bytesPerSecond(): number | null {
    return bytesPerSecond(this.series)
  }

  /** Requests without a good answer, by what became of them. */
  get lost(): LostRequests {
    return lostRequests(this.series.outcomes)
  }

  /** Requests per second that met every limit of `slo`; `null` without one. */
  get goodput(): number | null {
    return goodput(this.series)
  }

  /** Generated tokens per second of requests that met every limit of `slo`; `null` without one or without tokens. */
  get tokenGoodput(): number | null {
    return tokenGoodput(this.series)
  }

  /** Requests that met every limit of `slo` / attempted; `null` without one. */
  get goodFraction(): number | null {
    return goodFraction(this.series)
  }

  /** From the intended start to the end, of good requests. */
  get latency(): DurationSummary | null {
    return summariseDuration(this.series.distributions.latency)
  }

  /** From the first byte sent to the end. */
  get serviceTime(): DurationSummary | null {
    return summariseDuration(this.series.distributions.serviceTime)
  }

  /** Time to the first generated token. */
  get ttft(): DurationSummary | null {
    return summariseDuration(this.series.distributions.ttft)
  }

  /** Time per output token after the first. */
  get tpot(): DurationSummary | null {
    return summariseDuration(this.series.distributions.tpot)
  }

  /** Gaps between the deltas of a stream. */
  get interChunkLatency(): DurationSummary | null {
    return summariseDuration(this.series.distributions.interChunkLatency)
  }

  /** To the first byte of audio. */
  get timeToFirstAudio(): DurationSummary | null {
    return summariseDuration(this.series.distributions.timeToFirstAudio)
  }

  /** How long playback would stand still. */
  get stutter(): DurationSummary | null {
    return summariseDuration(this.series.distributions.stutter)
  }

  /** Wrong words of all transcripts / words of all references; `null` without references. May be over 1. */
  get wordErrorRate(): number | null {
    const { wordErrors, referenceWords } = this.series.distributions
    return wordErrors === undefined || !referenceWords?.sum ? null : wordErrors.sum / referenceWords.sum
  }

  /** How late the generator itself was with each request. */
  get pacerLag(): DurationSummary | null {
    return summariseDuration(this.series.distributions.pacerLag)
  }

  /**
   * Nearest-rank percentile of recorded values (good requests only): milliseconds for durations, the metric's own unit
   * otherwise. Claims are judged by matchers, which rank requests without a good answer as +infinity.
   * @param p over 0 up to 100
   */
  percentile(id: DistributionId, p: number): number | null {
    const { unit, scale } = requestMetric(id)
    const value = percentile(this.series.distributions[id] ?? EMPTY_DISTRIBUTION, p)
    return value === null ? null : value / (unit === 'us' || unit === 'us/token' ? 1e3 : scale)
  }

  /**
   * The same part with a latency stage in place of latency: `stage('clone/encode')`. One that was not measured but inferred
   * is called so. `(rest)` is what of the latency no stage accounts for, `clone/(rest)` of that stage.
   * @throws LoadError `not-measured` when the target reported no such stage
   */
  stage(path: string): MeasurementView {
    const stages = Object.keys(this.series.distributions).flatMap((id) => (id.startsWith('stage:') ? id.slice(6) : []))
    const name = stages.includes(path) ? path : inferredName(path)
    if (!stages.includes(name)) {
      throw notMeasured(
        'stage',
        path,
        stages,
        ['dns', 'connect', 'tls'].includes(path)
          ? 'only requests that open a connection have it: those of the measured window do under keepAlive: false'
          : "the target must report it in a Server-Timing header, the option stages must name it, or stage('name', ...) of a scenario module",
      )
    }
    const mark = isInferred(name) ? ' (inferred, not measured)' : ''
    const subject = [this.subject, `stage "${stagePath(name)}"${mark}`].filter(Boolean).join(', ')
    return new MeasurementView(this.data, {
      series: this.series,
      subject,
      primary: `stage:${name}`,
      validity: this.validity,
    })
  }

  /**
   * What answers told under a name of the option `counters`.
   * @throws LoadError `not-measured` when no good answer told it: a counter that nobody saw is not 0
   */
  counter(name: string): Counter {
    const counter = counterOf(this.series, name)
    if (counter !== null) return counter
    throw notMeasured(
      'counter',
      name,
      counterNames(this.series),
      "name it in the scenario: counters: { cacheHit: { header: 'x-cache', equals: 'HIT' } }",
    )
  }

  /** What JSON and snapshots show. */
  toJSON(): unknown {
    return { subject: this.subject, primary: this.primary, validity: this.validity, series: this.series }
  }
}

/** All of one load: what `load()` returns. */
export class Measurement extends MeasurementView {
  constructor(data: MeasurementData) {
    super(data, { series: data.series, subject: '', primary: 'latency', validity: data.validity })
  }

  /**
   * One step of the profile, from 0.
   * @throws LoadError `not-measured` when there is no such step
   */
  step(index: number): MeasurementView {
    const step = this.data.steps[index]
    if (step === undefined) {
      throw new LoadError(
        'not-measured',
        `step(${index}): this load has ${this.data.steps.length} step(s), counted from 0`,
      )
    }
    return new MeasurementView(this.data, {
      series: step.series,
      subject: stepText(step),
      primary: 'latency',
      validity: step.validity,
    })
  }

  /**
   * The part of a mix, the requests or the steps of one name.
   * @throws LoadError `not-measured` when no request has this name
   */
  scenario(name: string): MeasurementView {
    const { requests, plan, validity } = this.data
    const series = Object.hasOwn(requests, name)
      ? requests[name]
      : name === plan.scenario.name
        ? this.series
        : undefined
    if (series === undefined) {
      const names = Object.keys(requests).length > 0 ? Object.keys(requests) : [plan.scenario.name]
      throw notMeasured('scenario', name, names, 'take one of these names')
    }
    const isPart = plan.scenario.kind === 'mix' && plan.scenario.parts.some((part) => part.plan.name === name)
    const subject = `${isPart ? 'scenario' : 'request'} "${name}"`
    return new MeasurementView(this.data, { series, subject, primary: 'latency', validity })
  }

  /**
   * The requests whose prompts are of one class: see the option `promptClass`.
   * @throws LoadError `not-measured` when no request was of this class
   */
  promptClass(name: string): MeasurementView {
    const { promptClasses, validity } = this.data
    const series = Object.hasOwn(promptClasses, name) ? promptClasses[name] : undefined
    if (series === undefined) {
      throw notMeasured('promptClass', name, Object.keys(promptClasses), "give requests one: promptClass: '{{column}}'")
    }
    return new MeasurementView(this.data, {
      series,
      subject: `prompt class "${name}"`,
      primary: 'latency',
      validity,
    })
  }

  /**
   * Share of the whole seconds of the window with at least one good answer; seconds in which nobody asked are left out.
   * `null` under ten seconds, and under one request per second.
   */
  get availability(): number | null {
    return availability(this.data)
  }

  /**
   * How many more tokens the server counted in each prompt whose length was made exact: a constant is its chat template.
   * `null` without such prompts, and where no answer told.
   */
  get promptOffset(): MeasurementData['promptOffset'] {
    return this.data.promptOffset
  }

  /**
   * How often a named check of a scenario module held.
   * @throws LoadError `not-measured` when no check of this name was tried in the measured time
   */
  check(name: string): CheckCounts {
    const { checks } = this.data
    if (Object.hasOwn(checks, name)) return checks[name]!
    throw notMeasured(
      'check',
      name,
      Object.keys(checks),
      'checks are named by checks(value, { name: ... }) of a scenario module',
    )
  }

  /** What was watched under this name: `'host'`, `'container asr'`. @throws LoadError `not-measured` */
  watched(name: string): WatchedView {
    return watchedView(this.data, name)
  }

  override toJSON(): MeasurementData {
    return this.data
  }
}

function stepText({ index, ratePerSecond, users }: StepData): string {
  if (ratePerSecond !== null) return `step ${index + 1} (${Number(ratePerSecond.toPrecision(6))}/s)`
  return users === null ? `step ${index + 1}` : `step ${index + 1} (${users} users)`
}

function notMeasured(
  what: 'stage' | 'counter' | 'scenario' | 'check' | 'promptClass',
  name: string,
  known: readonly string[],
  hint: string,
): LoadError {
  const list = known.length === 0 ? 'none' : known.map((one) => `'${one}'`).join(', ')
  return new LoadError(
    'not-measured',
    `${what}('${name}'): this load measured no such ${what === 'promptClass' ? 'class' : what}; it has ${list}`,
    {
      hint,
    },
  )
}
