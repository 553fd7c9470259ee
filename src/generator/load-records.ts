import type { Observation } from '../domain/observation.ts'
import { type IterationSeries, JointSeries } from './joint-series.ts'
import type { Recorder } from './recorder.ts'
import { type EndedRequest, endOf } from './series-recorder.ts'
import { TimeLimits } from './time-limits.ts'

/** Where the iterations of one load, or of one part of a mix, are written down. */
export class LoadRecords {
  readonly recorder: Recorder
  /** The load's own series; of a part, the load's and the part's at once. */
  readonly iterations: IterationSeries
  /** Microseconds since the run's start. */
  readonly now: () => number
  /** The time limits of all requests of the load. */
  readonly limits: TimeLimits
  /** Latency of the first good iteration; `null` before it. */
  firstGoodLatencyUs: number | null = null
  /** When an iteration last ended, for windows that close then. */
  lastEndUs = 0
  readonly #whole: LoadRecords
  #deal: ((k: number) => { readonly records: LoadRecords; readonly number: number }) | null = null
  #classOf: ((k: number) => string | null) | null = null
  readonly #classes = new Map<string, IterationSeries>()

  /** @param whole the load's records, for those of a part */
  constructor(name: string, recorder: Recorder, now: () => number, whole?: LoadRecords) {
    this.recorder = recorder
    this.iterations =
      whole === undefined
        ? recorder.series(name, 'iteration')
        : new JointSeries(whole.iterations, recorder.series(name, 'request'))
    this.now = now
    this.limits = whole?.limits ?? new TimeLimits(now)
    this.#whole = whole ?? this
  }

  /**
   * Keeps a mix's parts apart, each under its name.
   * @param deal the part that iteration k of the load falls to, and its number there
   */
  split(
    names: readonly string[],
    deal: (k: number) => { readonly part: number; readonly number: number },
  ): readonly LoadRecords[] {
    const parts = names.map((name) => new LoadRecords(name, this.recorder, this.now, this))
    this.#deal = (k) => {
      const { part, number } = deal(k)
      return { records: parts[part]!, number }
    }
    return parts
  }

  /** Counts iterations by the class of their prompt, too, also those that are never sent. */
  classify(classOf: (k: number) => string | null): void {
    this.#classOf = classOf
  }

  /** Where an iteration counts whose prompt is of this class. */
  inClass(name: string | null): IterationSeries {
    if (name === null) return this.iterations
    let series = this.#classes.get(name)
    if (series === undefined) {
      series = new JointSeries(this.iterations, this.recorder.series(name, 'class'), this.iterations.request)
      this.#classes.set(name, series)
    }
    return series
  }

  /** Where iteration k of the load counts. */
  readonly seriesOf = (k: number): IterationSeries => {
    if (this.#deal === null) return this.inClass(this.#classOf?.(k) ?? null)
    const { records, number } = this.#deal(k)
    return records.seriesOf(number)
  }

  /**
   * An iteration has ended.
   * @param stream the request that its streaming metrics are taken from
   * @param series where it counts
   * @returns whether it met every limit of the SLO
   */
  iterationEnded(
    request: EndedRequest,
    stream: Observation = request.observation,
    series: IterationSeries = this.iterations,
  ): boolean {
    const { observation } = request
    const withinSlo = series.ended(request, stream)
    this.#whole.lastEndUs = Math.max(this.#whole.lastEndUs, observation.endedAt)
    if (observation.failure === null) this.#whole.firstGoodLatencyUs ??= endOf(observation) - observation.scheduledAt
    else this.recorder.error(this.iterations.request, observation.failure)
    return withinSlo
  }
}
