import { type MetricQuery, plainAddress, type PrometheusTarget } from '../domain/monitor-plan.ts'
import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import { presetOf, type PresetName, SERVER_PRESETS } from '../domain/server-preset.ts'
import { CounterGrowth } from './counter-growth.ts'
import { MetricReading } from './metric-reading.ts'
import type { Monitor, NoteListener, SeenTotals } from './monitor.ts'
import { type Exposition, readExposition, type SeriesCache } from './prometheus-text.ts'
import type { scrape } from './scrape.ts'

/** Reading what was scraped may take this share of time: more metrics are scraped more rarely. */
const MOST_SHARE = 0.02
/** After a load the target may count on for a moment: it is asked until it tells the same twice. */
const SETTLE = { everyMs: 250, atMostMs: 3000 }

/** Clock and network, for tests. */
export interface ScrapeEnvironment {
  readonly scrape: typeof scrape
  /** Absolute monotonic microseconds. */
  readonly nowUs: () => number
  readonly delay: (ms: number) => Promise<void>
}

/** Watches what a target tells of itself in Prometheus' text or OpenMetrics. One scrape at a time, whatever asks. */
export class PrometheusMonitor implements Monitor {
  readonly watched: WatchedResource
  everyUs: number
  readonly #target: PrometheusTarget
  readonly #environment: ScrapeEnvironment
  readonly #growth = new CounterGrowth()
  readonly #series: SeriesCache = new Map()
  readonly #said = new Set<string>()
  #say: NoteListener = () => undefined
  #preset: PresetName | null
  #reading: MetricReading
  #lastUs: number | null = null
  #fromUs: number | null = null
  #problem: string | null = null
  #running: Promise<ResourceValues | null> | null = null
  #stopped = false

  constructor(target: PrometheusTarget, environment: ScrapeEnvironment) {
    this.watched = { kind: 'metrics', name: target.name, cores: null, memoryBytes: null }
    this.everyUs = target.everyUs
    this.#target = target
    this.#environment = environment
    this.#preset = target.preset
    this.#reading = new MetricReading(queriesOf(target, this.#preset))
  }

  async start(say: NoteListener): Promise<readonly string[]> {
    const notes: string[] = []
    this.#say = (note) => void notes.push(note)
    await this.#scrape()
    const missing = this.#problem === null ? this.#reading.unanswered.filter((key) => key in this.#target.metrics) : []
    if (missing.length > 0) this.#sayOnce(`there is no metric for ${missing.join(', ')}: n/a until there is one`)
    this.#say = say
    return notes
  }

  sample(): Promise<ResourceValues | null> {
    return this.#scrape()
  }

  begin(): void {
    this.#growth.begin()
    this.#fromUs = this.#lastUs
  }

  async totals(): Promise<SeenTotals | null> {
    let before = ''
    for (let waitedMs = 0; waitedMs <= SETTLE.atMostMs && !this.#stopped; waitedMs += SETTLE.everyMs) {
      // One that was under way when the load ended may have been answered before.
      await this.#running
      await this.#scrape()
      const now = JSON.stringify(this.#growth.totals())
      if (now === before) break
      before = now
      await this.#environment.delay(SETTLE.everyMs)
    }
    const { counters, buckets, leftOut } = this.#growth.totals()
    if (this.#stopped || this.#lastUs === null) return null
    const { resets } = this.#growth
    return {
      source: 'prometheus',
      fromUs: this.#fromUs,
      toUs: this.#lastUs,
      counters,
      buckets,
      values: [],
      gaps: [
        ...(resets > 0
          ? [`its counters started anew ${resets === 1 ? 'once' : `${resets} times`} while the load ran`]
          : []),
        ...(this.#problem === null ? [] : [`it told nothing after the load: ${this.#problem}`]),
        ...(leftOut > 0 ? [`${leftOut} of its series are over the limit and were left out`] : []),
      ],
      doubts: [],
    }
  }

  stop(): void {
    this.#stopped = true
  }

  #scrape(): Promise<ResourceValues | null> {
    this.#running ??= this.#scrapeNow().finally(() => (this.#running = null))
    return this.#running
  }

  async #scrapeNow(): Promise<ResourceValues | null> {
    const { scrape: ask, nowUs } = this.#environment
    const answer = await ask(this.#target.url, this.#target.headers)
    const atUs = nowUs()
    const told = 'problem' in answer ? null : this.#read(answer.text)
    this.#problem = 'problem' in answer ? answer.problem : told === null ? 'it tells no metrics' : null
    if (this.#problem !== null) this.#sayOnce(`${plainAddress(this.#target.url)}: ${this.#problem}: n/a`)
    if (told === null || 'problem' in answer) return null
    if (answer.doubt !== null) this.#sayOnce(answer.doubt)
    const seconds = this.#lastUs === null ? null : (atUs - this.#lastUs) / 1e6
    const values = this.#reading.read(told, this.#growth.add(told), seconds)
    this.#lastUs = atUs
    this.everyUs = Math.max(this.#target.everyUs, (nowUs() - atUs) / MOST_SHARE)
    return values
  }

  /** `null` for a text that holds no metric. */
  #read(text: string): Exposition | null {
    const told = readExposition(text, this.#series)
    const { samples, badLines, firstBadLine } = told
    if (samples.length === 0) return null
    if (badLines > 0) {
      const lines = badLines === 1 ? '1 line is' : `${badLines} lines are`
      this.#sayOnce(`${lines} no metric and left out: ${JSON.stringify(firstBadLine.slice(0, 80))}`)
    }
    if (this.#preset === null) this.#recognise(told)
    for (const name of this.#reading.notNumbers(told)) this.#sayOnce(`${name} is no number: n/a while it is none`)
    return told
  }

  #recognise({ samples }: Exposition): void {
    this.#preset = presetOf(samples.map(({ name }) => name))
    if (this.#preset !== null) this.#reading = new MetricReading(queriesOf(this.#target, this.#preset))
    else if (Object.keys(this.#target.metrics).length === 0) {
      this.#sayOnce('these are no metrics of vLLM, TGI, SGLang or llama.cpp: say which to show, metrics: { ... }')
    }
  }

  #sayOnce(note: string): void {
    // What an answer holds may differ each time: a load must not be buried under notes of it.
    const kind = note.replace(/\d+/g, '')
    if (this.#said.has(kind)) return
    this.#said.add(kind)
    this.#say(note)
  }
}

/** What the user asked for, and what is known of such a server. */
function queriesOf({ metrics }: PrometheusTarget, preset: PresetName | null): Readonly<Record<string, MetricQuery>> {
  const known = preset === null ? {} : SERVER_PRESETS[preset].watched
  const queries = Object.entries(known).map(([name, select]): [string, MetricQuery] => [
    name,
    // The share of each engine behind one endpoint is a share of its own memory.
    { select, combine: name === 'kvCacheShare' ? 'max' : 'sum', by: null },
  ])
  return { ...Object.fromEntries(queries), ...metrics }
}
