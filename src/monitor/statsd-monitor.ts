import { LoadError } from '../domain/load-error.ts'
import { microsecondsPer } from '../domain/metric-time.ts'
import type { StatsdTarget } from '../domain/monitor-plan.ts'
import type { ResourceMetricId, ResourceValues, WatchedResource } from '../domain/resource.ts'
import type { Monitor, NoteListener, SeenTotals } from './monitor.ts'
import type { SinkLink } from './sink-thread.ts'
import { seriesOfKey } from './statsd-line.ts'
import type { SinkReading } from './statsd-sink.ts'

/** Series that are shown beside the load; comparisons know all. */
const MOST_SHOWN = 30
/** Clients gather what they send: after a load the sink waits until nothing came for so long. */
const SETTLE = { everyMs: 250, quietMs: 1000, atMostMs: 5000 }

/** Clock, for tests. */
export interface SinkEnvironment {
  /** Absolute monotonic microseconds. */
  readonly nowUs: () => number
  readonly delay: (ms: number) => Promise<void>
}

/** Watches what a target sends to StatsD: it is the StatsD of the target, on a port that the target was told. */
export class StatsdMonitor implements Monitor {
  readonly watched: WatchedResource
  readonly #target: StatsdTarget
  readonly #sink: SinkLink
  readonly #environment: SinkEnvironment
  readonly #last = new Map<string, { readonly total: number; readonly sum: number }>()
  #say: NoteListener = () => undefined
  #lastUs = 0
  #fromUs = 0
  #told = new Set<string>()
  #stopped = false

  constructor(target: StatsdTarget, sink: SinkLink, environment: SinkEnvironment) {
    this.watched = { kind: 'metrics', name: target.name, cores: null, memoryBytes: null }
    this.#target = target
    this.#sink = sink
    this.#environment = environment
  }

  /** @throws LoadError `invalid-option` when the port is not free: the target would send to somebody else */
  async start(say: NoteListener): Promise<readonly string[]> {
    const { host, port } = this.#target
    const code = await this.#sink.open()
    if (code !== null) {
      const why = code === 'EADDRINUSE' ? 'which is taken' : `which cannot be listened on (${code})`
      throw new LoadError('invalid-option', `monitors.statsd: got ${host}:${port}, ${why}`, {
        hint: 'end what listens there, or take another port and tell it the service',
      })
    }
    this.#say = say
    return []
  }

  async sample(nowUs: number): Promise<ResourceValues | null> {
    if (this.#stopped) return null
    const reading = await this.#sink.read()
    if (reading === null) return null
    this.#tell(reading)
    const seconds = (nowUs - this.#lastUs) / 1e6
    this.#lastUs = nowUs
    return this.#values(reading, seconds)
  }

  begin(): void {
    this.#sink.begin()
    this.#last.clear()
    this.#fromUs = this.#environment.nowUs()
  }

  async totals(): Promise<SeenTotals | null> {
    let packets = -1
    let quietMs = 0
    for (let waitedMs = 0; waitedMs < SETTLE.atMostMs && quietMs < SETTLE.quietMs; waitedMs += SETTLE.everyMs) {
      if (this.#stopped) return null
      await this.#environment.delay(SETTLE.everyMs)
      const now = (await this.#sink.read())?.tally.packets ?? 0
      quietMs = now === packets ? quietMs + SETTLE.everyMs : 0
      packets = now
    }
    const reading = await this.#sink.read()
    return this.#stopped || reading === null ? null : this.#totalsOf(reading)
  }

  stop(): void {
    this.#stopped = true
    this.#sink.close()
  }

  #totalsOf({ series, tally, dropped }: SinkReading): SeenTotals {
    const { host, port, series: most } = this.#target
    return {
      source: 'statsd',
      fromUs: this.#fromUs,
      toUs: this.#environment.nowUs(),
      counters: series
        .filter(({ kind }) => kind === 'counter')
        .map(({ key, total }) => ({ ...seriesOfKey(key), grown: total })),
      buckets: [],
      values: series.flatMap(({ key, distribution }) =>
        distribution === null ? [] : [{ ...seriesOfKey(key), distribution }],
      ),
      gaps: [
        ...(dropped === null ? ['this system does not tell how many packets its kernel dropped'] : []),
        ...(dropped !== null && dropped > 0
          ? [`the kernel dropped ${dropped} packets, ${tally.packets} arrived: the receive buffer was full`]
          : []),
        ...(tally.refused > 0 ? [`${tally.refused} lines were of series over the limit of ${most}`] : []),
        ...(tally.packets === 0 ? [`no packet arrived at ${host}:${port} while the load ran`] : []),
      ],
      doubts: tally.malformed === 0 ? [] : [malformedText(tally)],
    }
  }

  #values({ series }: SinkReading, seconds: number): ResourceValues {
    const values: [ResourceMetricId, number][] = []
    for (const { key, kind, total, distribution } of series.slice(0, MOST_SHOWN)) {
      const { name, labels } = seriesOfKey(key)
      const tags = Object.entries(labels).map(([tag, value]) => `${tag}=${value}`)
      const label = tags.length === 0 ? name : `${name}{${tags.join(',')}}`
      const before = this.#last.get(`${kind} ${key}`) ?? { total: 0, sum: 0 }
      const sum = distribution?.sum ?? 0
      this.#last.set(`${kind} ${key}`, { total, sum })
      if (kind === 'gauge' || kind === 'set') values.push([`value:${label}`, total])
      else if (kind === 'counter') values.push([`rate:${label}`, (total - before.total) / seconds])
      else {
        // Of no more than how many and how long together: the mean of any time is exact.
        const id = `durations:${label}` as const
        values.push([`bucket:+Inf:${id}`, (total - before.total) / seconds])
        values.push([`sum:${id}`, ((sum - before.sum) * microsecondsPer(name, 'ms')) / seconds])
      }
    }
    return Object.fromEntries(values)
  }

  #tell({ tally, dropped }: SinkReading): void {
    if (dropped !== null && dropped > 0) this.#sayOnce('drops', `the kernel drops packets: ${dropped} so far`)
    if (tally.malformed > 0) this.#sayOnce('malformed', malformedText(tally))
    if (tally.refused > 0) {
      this.#sayOnce('refused', `there are more than ${this.#target.series} series: further ones are left out`)
    }
  }

  #sayOnce(what: string, note: string): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.#say(note)
  }
}

function malformedText({ malformed, firstMalformed }: SinkReading['tally']): string {
  const lines = malformed === 1 ? '1 line was' : `${malformed} lines were`
  return `${lines} no metric and left out: ${JSON.stringify(firstMalformed)}`
}
