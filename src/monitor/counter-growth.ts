import type { BucketTotal, CounterTotal } from '../domain/target-totals.ts'
import { type Exposition, familyOf, type ScrapedSample } from './prometheus-text.ts'

/** Series of a target whose growth is told at the end of a load. */
const MOST_SERIES = 2000
/** When a process began, by its own clock: it may be told a little differently each time. */
const START_TIME = 'process_start_time_seconds'

/** How much one series grew over a load. */
interface Growth {
  readonly sample: ScrapedSample
  grown: number
}

/** What a target counted, without the series that were too many. */
export interface GrowthTotals {
  readonly counters: readonly CounterTotal[]
  readonly buckets: readonly BucketTotal[]
  readonly leftOut: number
}

/**
 * Adds up what counters grow by from scrape to scrape. One that went down, or has gone, or a process that began later,
 * means that the target started anew: counters then grew by what they show, and what they had counted since the last scrape
 * is lost.
 */
export class CounterGrowth {
  readonly #last = new Map<string, ScrapedSample>()
  readonly #grown = new Map<string, Growth>()
  #types: Exposition['types'] = new Map()
  #startedS: number | null = null
  #first = true
  /** Restarts that were seen since {@link begin}. */
  resets: number = 0

  /** @returns growth since the scrape before by series; nothing for the first */
  add({ samples, types }: Exposition): ReadonlyMap<string, number> {
    this.#types = types
    const counted = samples.filter(({ name, value }) => Number.isFinite(value) && isCumulative(name, types))
    const restarted = this.#restarted(samples, counted)
    const deltas = new Map<string, number>()
    for (const sample of counted) {
      const { key, value } = sample
      const before = restarted ? 0 : (this.#last.get(key)?.value ?? 0)
      const delta = this.#first ? 0 : value - before
      deltas.set(key, delta)
      const growth = this.#grown.get(key)
      if (growth === undefined) this.#grown.set(key, { sample, grown: delta })
      else growth.grown += delta
    }
    if (restarted) this.resets++
    this.#last.clear()
    for (const sample of counted) this.#last.set(sample.key, sample)
    if (this.#first) deltas.clear()
    this.#first = false
    return deltas
  }

  /** Totals count from the last scrape on. */
  begin(): void {
    this.#grown.clear()
    for (const sample of this.#last.values()) this.#grown.set(sample.key, { sample, grown: 0 })
    this.resets = 0
  }

  totals(): GrowthTotals {
    const all = [...this.#grown.values()].toSorted((a, b) => Number(b.grown !== 0) - Number(a.grown !== 0))
    const kept = all.slice(0, MOST_SERIES)
    const counters: CounterTotal[] = []
    const histograms = new Map<string, OpenHistogram>()
    for (const { sample, grown } of kept) {
      const { name, labels } = sample
      const { family, type } = familyOf(name, this.#types)
      if (!name.endsWith('_bucket')) counters.push({ name, labels, grown })
      if (type === 'histogram' || type === 'summary') addTo(histograms, family, sample, grown)
    }
    return { counters, buckets: [...histograms.values()].map(closed), leftOut: all.length - kept.length }
  }

  #restarted(samples: readonly ScrapedSample[], counted: readonly ScrapedSample[]): boolean {
    const startedS = samples.find(({ name }) => name === START_TIME)?.value ?? null
    const later = startedS !== null && this.#startedS !== null && startedS > this.#startedS + 1
    if (startedS !== null) this.#startedS = startedS
    // A sum may go down by itself, when negative values are observed.
    const values = new Map(counted.map(({ key, value }) => [key, value]))
    const fell = [...this.#last.values()].some(
      ({ key, name, value }) => value > 0 && !name.endsWith('_sum') && (values.get(key) ?? 0) < value,
    )
    return later || fell
  }
}

/** Whether a series only grows as long as its process lives; what is of no type is judged by its name. */
function isCumulative(name: string, types: Exposition['types']): boolean {
  const { family, type } = familyOf(name, types)
  if (name.endsWith('_created')) return false
  if (type === 'counter' || type === 'histogram') return true
  return type === 'summary' ? family !== name : type === 'untyped' && /_(?:total|bucket|count|sum)$/.test(name)
}

interface OpenHistogram {
  readonly family: string
  readonly labels: Readonly<Record<string, string>>
  readonly below: Map<number, number>
  sum: number
  n: number | null
}

function addTo(all: Map<string, OpenHistogram>, family: string, { name, labels }: ScrapedSample, grown: number): void {
  const { le, quantile: _, ...rest } = labels
  const key = `${family} ${JSON.stringify(
    Object.entries(rest)
      .map(([label, value]) => `${label}=${value}`)
      .sort(),
  )}`
  const histogram = all.get(key) ?? { family, labels: rest, below: new Map<number, number>(), sum: 0, n: null }
  all.set(key, histogram)
  if (name.endsWith('_bucket')) histogram.below.set(boundOf(le), grown)
  else if (name.endsWith('_sum')) histogram.sum = grown
  else if (name.endsWith('_count')) histogram.n = grown
}

function closed({ family, labels, below, sum, n }: OpenHistogram): BucketTotal {
  const ends = [...below].toSorted(([a], [b]) => a - b)
  const all = n ?? below.get(Infinity) ?? ends.at(-1)?.[1] ?? 0
  const finite = ends.filter(([bound]) => Number.isFinite(bound))
  const cumulative = [0, ...finite.map(([, count]) => count), all]
  const counts = cumulative.slice(1).map((count, i) => Math.max(0, count - cumulative[i]!))
  return { name: family, labels, bounds: finite.map(([bound]) => bound), counts, n: all, sum }
}

/** The upper end of a bucket; infinite where it tells none. */
export function boundOf(le: string | undefined): number {
  const bound = Number(le)
  return le === undefined || Number.isNaN(bound) ? Infinity : bound
}
