import { microsecondsPer, timeUnitOf } from '../domain/metric-time.ts'
import { type MetricSelector, metricSelector } from '../domain/metric-selector.ts'
import type { MetricQuery } from '../domain/monitor-plan.ts'
import { type HistogramId, isTargetNumber, type ResourceMetricId, type ResourceValues } from '../domain/resource.ts'
import { boundOf } from './counter-growth.ts'
import { type Exposition, familyOf, type MetricType, type ScrapedSample } from './prometheus-text.ts'

/** Values of a label that are told apart; further ones are put together. */
const MOST_VALUES = 20
const OTHERS = '(others)'

/** A query ready to be asked. */
interface Asked extends MetricQuery {
  readonly key: string
  readonly selectors: readonly MetricSelector[]
  readonly labelValues: Set<string>
}

/** What a series adds to, and how. */
interface Use {
  readonly id: ResourceMetricId
  readonly combine: MetricQuery['combine']
  /** What its value or growth is multiplied with. */
  readonly scale: number
  readonly counts: boolean
  /** Of a bucket, which counts everything below its end as well. */
  readonly bucketOf: HistogramId | null
  readonly bound: number
}

/** Makes the numbers of a target's metrics out of what it tells. */
export class MetricReading {
  readonly #asked: readonly Asked[]
  readonly #uses = new Map<string, readonly Use[]>()
  readonly #seen = new Set<string>()

  constructor(queries: Readonly<Record<string, MetricQuery>>) {
    this.#asked = Object.entries(queries).map(([key, query]) => ({
      ...query,
      key,
      selectors: query.select.map((text) => metricSelector(`metrics.${key}`, text)),
      labelValues: new Set(),
    }))
  }

  /** Names of queries that no series has answered so far. */
  get unanswered(): readonly string[] {
    return this.#asked.filter(({ key }) => !this.#seen.has(key)).map(({ key }) => key)
  }

  /** Names of asked series whose value is not a finite number now. */
  notNumbers({ samples, types }: Exposition): readonly string[] {
    return samples
      .filter(
        (sample) =>
          !Number.isFinite(sample.value) &&
          this.#usesOf(sample, types).some(({ id, counts }) => !counts && !id.includes('{quantile=')),
      )
      .map(({ name }) => name)
  }

  /**
   * @param deltas what counters grew by since the last scrape, by series
   * @param seconds time since then; `null` for the first, which tells no rates
   */
  read({ samples, types }: Exposition, deltas: ReadonlyMap<string, number>, seconds: number | null): ResourceValues {
    const values = new Map<ResourceMetricId, number>()
    const buckets = new Map<HistogramId, Map<number, number>>()
    for (const sample of samples) {
      for (const use of this.#usesOf(sample, types)) {
        const value = use.counts ? rateOf(deltas.get(sample.key), seconds) : sample.value
        if (value === null || !Number.isFinite(value)) continue
        if (use.bucketOf === null) combine(values, use, value * use.scale)
        else addBucket(buckets, use.bucketOf, use.bound, value)
      }
    }
    for (const [id, below] of buckets) {
      let before = 0
      for (const [bound, rate] of [...below].toSorted(([a], [b]) => a - b)) {
        values.set(`bucket:${Number.isFinite(bound) ? bound : '+Inf'}:${id}`, Math.max(0, rate - before))
        before = rate
      }
    }
    return Object.fromEntries(values)
  }

  /** A series is the same in every scrape: what it is good for is found out once. */
  #usesOf(sample: ScrapedSample, types: Exposition['types']): readonly Use[] {
    const known = this.#uses.get(sample.key)
    if (known !== undefined) return known
    const { family, type } = familyOf(sample.name, types)
    const uses = this.#asked.flatMap((asked) => {
      const { key, selectors } = asked
      const named = selectors.some((selector) => selector.matches(sample.name, sample.labels))
      const grouped = type === 'histogram' && selectors.some((selector) => selector.matches(family, sample.labels))
      if (!named && !grouped) return []
      this.#seen.add(key)
      return grouped ? histogramUse(asked, family, sample) : [plainUse(asked, sample, type)]
    })
    this.#uses.set(sample.key, uses)
    return uses
  }
}

function plainUse(asked: Asked, { name, labels }: ScrapedSample, type: MetricType): Use {
  const counts = type === 'counter' || type === 'histogram' || /_(?:total|bucket|count|sum)$/.test(name)
  const quantile = type === 'summary' && labels['quantile'] !== undefined
  const suffix = quantile ? `{quantile=${labels['quantile']}}` : suffixOf(asked, labels)
  const id =
    suffix === '' && isTargetNumber(asked.key)
      ? asked.key
      : (`${counts ? 'rate' : 'value'}:${asked.key}${suffix}` as ResourceMetricId)
  return { id, combine: quantile ? 'max' : asked.combine, scale: 1, counts, bucketOf: null, bound: 0 }
}

function histogramUse(asked: Asked, family: string, { name, labels }: ScrapedSample): Use[] {
  const isTime = timeUnitOf(family) !== null || asked.key === 'latency' || asked.key === 'ttft'
  const scale = isTime ? microsecondsPer(family, 's') : 1
  const id: HistogramId = `${isTime ? 'durations' : 'histogram'}:${asked.key}${suffixOf(asked, labels)}`
  const use = { combine: 'sum', scale, counts: true } as const
  if (name.endsWith('_sum')) return [{ ...use, id: `sum:${id}`, bucketOf: null, bound: 0 }]
  if (!name.endsWith('_bucket')) return []
  // A bound is a name as well: it must not differ by the noise of binary fractions.
  const bound = Number((boundOf(labels['le']) * scale).toPrecision(12))
  return [{ ...use, id, bucketOf: id, bound }]
}

function suffixOf({ by, labelValues }: Asked, labels: ScrapedSample['labels']): string {
  if (by === null) return ''
  const value = labels[by] ?? ''
  if (!labelValues.has(value) && labelValues.size >= MOST_VALUES) return `{${by}=${OTHERS}}`
  labelValues.add(value)
  return `{${by}=${value}}`
}

function rateOf(delta: number | undefined, seconds: number | null): number | null {
  return delta === undefined || seconds === null || seconds <= 0 ? null : delta / seconds
}

function combine(values: Map<ResourceMetricId, number>, { id, combine: how }: Use, value: number): void {
  const before = values.get(id)
  if (before === undefined) values.set(id, value)
  else values.set(id, how === 'sum' ? before + value : Math.max(before, value))
}

function addBucket(all: Map<HistogramId, Map<number, number>>, id: HistogramId, bound: number, rate: number): void {
  const below = all.get(id) ?? new Map<number, number>()
  all.set(id, below.set(bound, (below.get(bound) ?? 0) + rate))
}
