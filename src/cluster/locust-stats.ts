import { failedCount } from '../domain/measurement.ts'
import type { GeneratorDelta, SeriesDelta } from '../pool/protocol.ts'

/*
 * What Locust's web page, CSV files and console show of our load: counts, and response times in Locust's coarse buckets.
 * Verdicts never come from these.
 */

/** One row of Locust's statistics. @see locust/stats.py, StatsEntry */
export interface LocustEntry {
  readonly name: string
  readonly method: string
  /** Unix time, seconds; `null` before the first. */
  last_request_timestamp: number | null
  start_time: number
  num_requests: number
  /** Requests without a response time. */
  num_none_requests: number
  num_failures: number
  /** Milliseconds. */
  total_response_time: number
  max_response_time: number
  min_response_time: number | null
  total_content_length: number
  /** Rounded milliseconds -> requests. */
  readonly response_times: Map<number, number>
  /** Unix second -> requests that ended in it. */
  readonly num_reqs_per_sec: Map<number, number>
  readonly num_fail_per_sec: Map<number, number>
}

/** The part of Locust's `stats` message that our numbers fill. */
export interface LocustReport {
  readonly stats: readonly LocustEntry[]
  readonly stats_total: LocustEntry
  readonly errors: Readonly<Record<string, LocustError>>
}

interface LocustError {
  readonly name: string
  readonly method: string
  readonly error: string
  occurrences: number
}

/** What Locust's page shows as the method of whole runs of a scenario, and of the requests and classes inside. */
const METHODS = { iteration: 'LOAD', request: 'request', class: 'class' } as const

/** Numbers of all loads of a worker since they were last taken. */
export class LocustStats {
  readonly #now: () => number
  #entries = new Map<string, LocustEntry>()
  #total: LocustEntry
  #errors: Record<string, LocustError> = {}

  /** @param now unix time, milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#total = this.#entry('Aggregated', '')
  }

  /** @param startMs unix time of the load's time zero, milliseconds */
  add({ series, buckets, errors }: GeneratorDelta, startMs: number): void {
    for (const one of series) {
      count(this.#of(one.request, METHODS[one.level]), one)
      if (one.level === 'iteration') count(this.#total, one)
      this.#unsent(one)
    }
    for (const { request, level, second, completed, failed, bytesReceived } of buckets) {
      const at = Math.floor(startMs / 1000) + second
      const entries = [this.#of(request, METHODS[level]), ...(level === 'iteration' ? [this.#total] : [])]
      for (const entry of entries) {
        entry.total_content_length += bytesReceived
        if (completed + failed === 0) continue
        entry.last_request_timestamp = Math.max(entry.last_request_timestamp ?? 0, at)
        raise(entry.num_reqs_per_sec, at, completed + failed)
        if (failed > 0) raise(entry.num_fail_per_sec, at, failed)
      }
    }
    for (const { request, kind, detail, count: occurrences } of errors)
      this.#error(request, `${kind} ${detail}`, occurrences)
  }

  /** Takes out what is new since the last call. */
  drain(): LocustReport {
    const report = {
      stats: [...this.#entries.values()].filter(({ num_requests }) => num_requests > 0),
      stats_total: this.#total,
      errors: this.#errors,
    }
    this.#entries = new Map()
    this.#total = this.#entry('Aggregated', '')
    this.#errors = {}
    return report
  }

  /** Arrivals that were never sent are failures to Locust, which knows no third kind. */
  #unsent({ request, outcomes: { dropped, missed } }: SeriesDelta): void {
    if (dropped > 0) this.#error(request, 'dropped: no free user and the queue full', dropped)
    if (missed > 0) this.#error(request, 'missed: the generator was over 500 ms late', missed)
  }

  #error(name: string, error: string, occurrences: number): void {
    const known = (this.#errors[`${name} ${error}`] ??= { name, method: METHODS.iteration, error, occurrences: 0 })
    known.occurrences += occurrences
  }

  #of(name: string, method: string): LocustEntry {
    const key = `${method} ${name}`
    let entry = this.#entries.get(key)
    if (entry === undefined) this.#entries.set(key, (entry = this.#entry(name, method)))
    return entry
  }

  #entry(name: string, method: string): LocustEntry {
    return {
      name,
      method,
      last_request_timestamp: null,
      start_time: this.#now() / 1000,
      num_requests: 0,
      num_none_requests: 0,
      num_failures: 0,
      total_response_time: 0,
      max_response_time: 0,
      min_response_time: null,
      total_content_length: 0,
      response_times: new Map(),
      num_reqs_per_sec: new Map(),
      num_fail_per_sec: new Map(),
    }
  }
}

function count(entry: LocustEntry, { outcomes, distributions }: SeriesDelta): void {
  const { attempted, dropped, missed } = outcomes
  entry.num_requests += attempted
  entry.num_failures += failedCount(outcomes) + dropped + missed
  let timed = 0
  for (const distribution of [distributions.latency, distributions.failedLatency]) {
    if (distribution === undefined || distribution.n === 0) continue
    timed += distribution.n
    entry.total_response_time += distribution.sum / 1000
    entry.max_response_time = Math.max(entry.max_response_time, distribution.max / 1000)
    entry.min_response_time = Math.min(entry.min_response_time ?? Infinity, distribution.min / 1000)
    distribution.values.forEach((us, i) => raise(entry.response_times, bucketMs(us / 1000), distribution.counts[i]!))
  }
  entry.num_none_requests += Math.max(0, attempted - timed)
}

/** Two digits, as Locust rounds: 147 -> 150, 3432 -> 3400, 58760 -> 59000. @see locust/stats.py, StatsEntry.log */
function bucketMs(ms: number): number {
  const unit = ms < 100 ? 1 : ms < 1000 ? 10 : ms < 10_000 ? 100 : 1000
  return Math.round(ms / unit) * unit
}

function raise(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
