import type { Distribution } from '../domain/distribution.ts'
import type { Slo } from '../domain/load-plan.ts'
import { COUNTER_SCALE, type DistributionId } from '../domain/metric.ts'
import { NO_EVENTS, type SeriesLevel } from '../domain/measurement.ts'
import type { Observation } from '../domain/observation.ts'
import { type BucketDelta, OUTSIDE_WINDOWS, type SeriesDelta } from '../pool/protocol.ts'
import { IntervalHistogram } from './interval-histogram.ts'
import type { RequestRows } from './request-rows.ts'
import { stageRests } from './stage-rests.ts'
import { WindowSeries } from './window-series.ts'

/** What a series is told about its load. */
export interface SeriesContext {
  /** Index of the window that holds a time, or -1. */
  windowAt(us: number): number
  /** Open load: TTFT counts from the intended start instead of from sent. */
  readonly openLoad: boolean
  /** The window ends with the last of a number of iterations, not by time. @default false */
  readonly endsByCount?: boolean
  readonly slo: Slo | null
  /** Where each request is written down, too; `null` for nowhere. @default null */
  readonly rows?: RowsOfLevels | null
}

/** Rows, and which series have some: in a mix its parts tell of every iteration, and the whole would tell of it again. */
export interface RowsOfLevels {
  readonly rows: RequestRows
  readonly levels: ReadonlySet<SeriesLevel>
}

/**
 * The window to which something is credited that happened to a request. Where windows end by time, what they leave
 * unfinished makes up for what they find unfinished; one that ends by count leaves nothing, so what the warm-up left is
 * not credited to it.
 */
export function creditedWindow(context: SeriesContext, us: number, scheduledAt: number): number {
  const scheduledIn = context.endsByCount === true ? context.windowAt(scheduledAt) : 0
  return scheduledIn === OUTSIDE_WINDOWS ? OUTSIDE_WINDOWS : context.windowAt(us)
}

/** A request that has ended: its observation and the gaps between its deltas, in microseconds. */
export interface EndedRequest {
  readonly observation: Observation
  readonly gaps: readonly number[]
  /** Of a WebSocket: from each message to its answer, in microseconds. */
  readonly roundTrips?: readonly number[]
}

/** One second of one window, still growing. */
interface Bucket {
  readonly second: number
  readonly window: number
  sent: number
  completed: number
  failed: number
  completedWithinSlo: number
  outputTokens: number
  outputTokensWithinSlo: number
  inputTokens: number
  inputChars: number
  audioUs: number
  bytesReceived: number
  /** Of requests scheduled in this second. */
  attempted: number
  good: number
  withinSlo: number
  unsent: number
  readonly latency: IntervalHistogram
}

/** Windows in one bucket key; far more than a plan has steps. */
const KEYS_PER_SECOND = 65_536

/**
 * Counts and distributions of the requests of one name at one level. Outcomes and latencies belong to the window in
 * which a request was *scheduled*, events to the second in which they happen and the window they are credited to.
 */
export class SeriesRecorder {
  readonly request: string
  readonly level: SeriesLevel
  readonly #context: SeriesContext
  readonly #rows: RequestRows | null
  readonly #windows = new Map<number, WindowSeries>()
  readonly #buckets = new Map<number, Bucket>()
  // Nearly always the same as for the event before.
  #lastKey = -1
  #lastBucket: Bucket | null = null
  #lastWindow = Number.NaN
  #lastSeries: WindowSeries | null = null

  constructor(request: string, level: SeriesLevel, context: SeriesContext) {
    this.request = request
    this.level = level
    this.#context = context
    this.#rows = context.rows?.levels.has(level) === true ? context.rows.rows : null
  }

  /** An arrival or a user's iteration came this much later than planned, microseconds. */
  lag(scheduledAt: number, lagUs: number): void {
    const series = this.#window(this.#context.windowAt(scheduledAt))
    series.pacerLag.record(lagUs)
    series.news = true
  }

  /** An arrival that was never sent. */
  unsent(scheduledAt: number, why: 'dropped' | 'missed'): void {
    const window = this.#context.windowAt(scheduledAt)
    const series = this.#window(window)
    const due = this.#bucket(Math.floor(scheduledAt / 1e6), window)
    series.attempted++
    series[why]++
    series.news = true
    due.attempted++
    due.unsent++
    this.#rows?.unsent(this.request, this.level, window, scheduledAt, why)
  }

  sent(atUs: number): void {
    this.#bucketAt(atUs).sent++
  }

  bytes(atUs: number, count: number): void {
    this.#bucketAt(atUs).bytesReceived += count
  }

  /** Adds tokens (or takes them back) in one second of one window. */
  tokens(second: number, window: number, count: number): void {
    this.#bucket(second, window).outputTokens += count
  }

  /** Counts tokens of a request that met the SLO, where they arrived. */
  tokensWithinSlo(second: number, window: number, count: number): void {
    this.#bucket(second, window).outputTokensWithinSlo += count
  }

  /**
   * A request has ended. For an iteration of several requests, `stream` is the one whose TTFT, TPOT and gaps stand
   * for it.
   * @returns whether it met every limit of the SLO
   */
  ended(request: EndedRequest, stream: Observation = request.observation): boolean {
    const { observation } = request
    const window = this.#context.windowAt(observation.scheduledAt)
    const endUs = endOf(observation)
    const withinSlo = this.#count(request, stream, window, endUs)
    this.#rows?.ended(observation, {
      name: this.request,
      level: this.level,
      window,
      endUs,
      stream,
      withinSlo: this.#context.slo === null ? null : withinSlo,
    })
    return withinSlo
  }

  /** Moves what is new into the lists of a delta. */
  drain(series: SeriesDelta[], buckets: BucketDelta[]): void {
    const { request, level } = this
    for (const [window, numbers] of this.#windows) {
      if (!numbers.news) continue
      const { attempted, good, dropped, missed } = numbers
      const distributions: Partial<Record<DistributionId, Distribution>> = {}
      for (const [id, histogram] of numbers.histograms) {
        const drained = histogram.drain()
        if (drained !== null) distributions[id] = drained
      }
      series.push({
        window,
        request,
        level,
        distributions,
        outcomes: {
          attempted,
          good,
          failedByKind: Object.fromEntries(numbers.failedByKind),
          dropped,
          missed,
          withinSlo: this.#context.slo === null ? null : numbers.withinSlo,
        },
        tokenSources: [...numbers.tokenSources],
      })
      numbers.reset()
    }
    for (const { latency, ...counts } of this.#buckets.values())
      buckets.push({ ...counts, request, level, latency: latency.drain() })
    this.#buckets.clear()
    this.#lastKey = -1
  }

  #count({ observation, gaps, roundTrips }: EndedRequest, stream: Observation, window: number, endUs: number): boolean {
    const { scheduledAt, failure } = observation
    const series = this.#window(window)
    const due = this.#bucket(Math.floor(scheduledAt / 1e6), window)
    const bucket = this.#bucket(Math.floor(endUs / 1e6), creditedWindow(this.#context, endUs, scheduledAt))
    series.news = true
    series.attempted++
    due.attempted++
    if (failure !== null) {
      series.failedByKind.set(failure.kind, (series.failedByKind.get(failure.kind) ?? 0) + 1)
      series.record('failedLatency', endUs - scheduledAt)
      bucket.failed++
      return false
    }
    const latencyUs = endUs - scheduledAt
    const ttftUs = this.#firstAfter(scheduledAt, stream, stream.firstDeltaAt)
    const tpotUs = timePerToken(stream)
    const tokens = observation.outputTokens
    series.good++
    due.good++
    bucket.completed++
    series.latency.record(latencyUs)
    bucket.latency.record(latencyUs)
    if (observation.sentAt !== null) {
      const serviceUs = endUs - observation.sentAt
      series.serviceTime.record(serviceUs)
      series.queueWait.record(observation.sentAt - observation.dispatchedAt)
      if (tokens !== null && serviceUs > 0) series.record('tokensPerSecond', (tokens * 1e9) / serviceUs)
    }
    if (ttftUs !== null) series.record('ttft', ttftUs)
    if (stream.firstDeltaAt !== null && stream.sentAt !== null)
      series.record('ttftFromSent', stream.firstDeltaAt - stream.sentAt)
    const ttfoUs = this.#firstAfter(scheduledAt, stream, stream.firstVisibleAt)
    if (ttfoUs !== null) series.record('ttfo', ttfoUs)
    if (tpotUs !== null) series.record('tpot', tpotUs)
    if (cameInTurn(stream)) for (let i = 0; i < gaps.length; i++) series.interChunkLatency.record(gaps[i]!)
    if (tokens !== null) series.record('outputTokens', tokens)
    if (observation.inputTokens !== null) {
      series.record('inputTokens', observation.inputTokens)
      bucket.inputTokens += observation.inputTokens
    }
    if (observation.tokenSource !== null) series.tokenSources.add(observation.tokenSource)
    const { audio, counters, stages } = observation
    if (audio !== null) {
      series.audio(audio, observation.sentAt === null ? null : endUs - observation.sentAt)
      if (audio.firstAudioAt !== null) series.record('timeToFirstAudio', audio.firstAudioAt - scheduledAt)
      bucket.inputChars += audio.inputChars ?? 0
      bucket.audioUs += audio.audioUs ?? 0
    }
    if (counters !== null) for (const [name, value] of counters) series.record(`counter:${name}`, value * COUNTER_SCALE)
    if (stages !== null) {
      for (const [name, us] of stages) series.stage(name, us)
      if (roundTrips === undefined) for (const [name, us] of stageRests(stages, latencyUs)) series.stage(name, us)
    }
    if (roundTrips !== undefined) for (const us of roundTrips) series.stage('roundTrip', us)
    const { slo } = this.#context
    if (slo === null || !meets(slo, latencyUs, ttftUs, tpotUs, stream)) return false
    series.withinSlo++
    due.withinSlo++
    bucket.completedWithinSlo++
    return true
  }

  #firstAfter(scheduledAt: number, { sentAt }: Observation, atUs: number | null): number | null {
    const fromUs = this.#context.openLoad ? scheduledAt : sentAt
    return atUs === null || fromUs === null ? null : atUs - fromUs
  }

  #window(index: number): WindowSeries {
    if (index === this.#lastWindow) return this.#lastSeries!
    let series = this.#windows.get(index)
    if (series === undefined) this.#windows.set(index, (series = new WindowSeries()))
    this.#lastWindow = index
    this.#lastSeries = series
    return series
  }

  #bucketAt(us: number): Bucket {
    return this.#bucket(Math.floor(us / 1e6), this.#context.windowAt(us))
  }

  #bucket(second: number, window: number): Bucket {
    const key = second * KEYS_PER_SECOND + window + 1
    if (key === this.#lastKey) return this.#lastBucket!
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = {
        second,
        window,
        ...NO_EVENTS,
        attempted: 0,
        good: 0,
        withinSlo: 0,
        unsent: 0,
        latency: new IntervalHistogram(),
      }
      this.#buckets.set(key, bucket)
    }
    this.#lastKey = key
    this.#lastBucket = bucket
    return bucket
  }
}

/** When a request counts as ended: at its last delta if it generated any, else at the end of the response. */
export function endOf(observation: Observation): number {
  return observation.failure === null && observation.lastDeltaAt !== null
    ? observation.lastDeltaAt
    : observation.endedAt
}

function timePerToken(stream: Observation): number | null {
  const { firstDeltaAt, lastDeltaAt } = stream
  const later = laterTokens(stream)
  if (firstDeltaAt === null || lastDeltaAt === null || later === null || !cameInTurn(stream)) return null
  return later > 0 ? (lastDeltaAt - firstDeltaAt) / later : null
}

/** Tokens after those of the first delta; `null` where nobody knows. */
function laterTokens({ outputTokens, firstDeltaTokens }: Observation): number | null {
  return outputTokens === null ? null : outputTokens - (firstDeltaTokens ?? 1)
}

/** False for deltas that all came at once: of such an answer nothing is known of what lay between them. */
function cameInTurn({ firstDeltaAt, lastDeltaAt }: Observation): boolean {
  return firstDeltaAt !== lastDeltaAt
}

/** A limit on something that was not measured is not met, except TPOT of an answer that is over with its first delta. */
function meets(
  slo: Slo,
  latencyUs: number,
  ttftUs: number | null,
  tpotUs: number | null,
  stream: Observation,
): boolean {
  const noLaterTokens = stream.firstDeltaAt !== null && (laterTokens(stream) ?? 1) <= 0
  return (
    (slo.latencyUs === null || latencyUs < slo.latencyUs) &&
    (slo.ttftUs === null || (ttftUs !== null && ttftUs < slo.ttftUs)) &&
    (slo.tpotUs === null || (tpotUs === null ? noLaterTokens : tpotUs < slo.tpotUs))
  )
}
