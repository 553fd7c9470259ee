import { type DistributionId, REQUEST_METRICS } from '../domain/metric.ts'
import type { AudioFacts, ErrorKind, TokenSource } from '../domain/observation.ts'
import { IntervalHistogram } from './interval-histogram.ts'

/** Distinct stage names kept apart; further ones are recorded together. */
const MAX_STAGES = 100

/** Requests that were scheduled in one window, since the last drain. */
export class WindowSeries {
  attempted: number = 0
  good: number = 0
  readonly failedByKind: Map<ErrorKind, number> = new Map<ErrorKind, number>()
  dropped: number = 0
  missed: number = 0
  withinSlo: number = 0
  news: boolean = false
  readonly tokenSources: Set<TokenSource> = new Set<TokenSource>()
  // What every request has is not looked up.
  readonly pacerLag: IntervalHistogram = new IntervalHistogram()
  readonly latency: IntervalHistogram = new IntervalHistogram()
  readonly serviceTime: IntervalHistogram = new IntervalHistogram()
  readonly queueWait: IntervalHistogram = new IntervalHistogram()
  readonly interChunkLatency: IntervalHistogram = new IntervalHistogram()
  readonly histograms: Map<DistributionId, IntervalHistogram> = new Map([
    ['pacerLag', this.pacerLag],
    ['latency', this.latency],
    ['serviceTime', this.serviceTime],
    ['queueWait', this.queueWait],
    ['interChunkLatency', this.interChunkLatency],
  ])
  readonly #stages = new Set<string>()

  record(id: DistributionId, value: number): void {
    let histogram = this.histograms.get(id)
    if (histogram === undefined) this.histograms.set(id, (histogram = new IntervalHistogram()))
    histogram.record(Math.round(value))
    this.news = true
  }

  /** Servers name stages as they like, even each one anew: names beyond the first ones share one distribution. */
  stage(name: string, us: number): void {
    if (!this.#stages.has(name) && this.#stages.size < MAX_STAGES) this.#stages.add(name)
    this.record(`stage:${this.#stages.has(name) ? name : '(other stages)'}`, us)
  }

  /** What is known of the audio of a request, and how long it took from sent to its end; `null` when it was never sent. */
  audio({ inputChars, audioUs, stutterUs, words }: AudioFacts, serviceUs: number | null): void {
    if (inputChars !== null) {
      this.record('inputChars', inputChars)
      if (serviceUs !== null && serviceUs > 0) this.record('charsPerSecond', (inputChars * 1e9) / serviceUs)
    }
    if (audioUs !== null) {
      this.record('audioDuration', audioUs)
      if (serviceUs !== null && audioUs > 0)
        this.record('realTimeFactor', (serviceUs / audioUs) * REQUEST_METRICS.realTimeFactor.scale)
    }
    if (stutterUs !== null) this.record('stutter', stutterUs)
    if (words === null) return
    this.record('wordErrors', words.errors)
    this.record('referenceWords', words.reference)
  }

  reset(): void {
    this.attempted = this.good = this.dropped = this.missed = this.withinSlo = 0
    this.failedByKind.clear()
    this.tokenSources.clear()
    this.news = false
  }
}
