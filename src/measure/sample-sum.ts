import {
  NO_SAMPLES,
  type ResourceColumn,
  type ResourceMetricId,
  type ResourceSample,
  type SampleTable,
} from '../domain/resource.ts'

interface OpenColumn {
  mean: (number | null)[]
  max: (number | null)[]
}

/**
 * Samples of one resource in bounded memory: when there are too many, each two neighbours become one, with their mean over
 * time and their highest value. Means and maxima of a load stay exact; percentiles become those of longer samples.
 */
export class SampleSum {
  readonly #most: number
  #atUs: number[]
  #spanUs: number[]
  readonly #columns = new Map<ResourceMetricId, OpenColumn>()

  /** @param most samples that are kept, at least 2; an hour at two a second @default 7200 */
  constructor(table: SampleTable = NO_SAMPLES, most = 7200) {
    this.#most = most
    this.#atUs = [...table.atUs]
    this.#spanUs = [...table.spanUs]
    for (const [id, { mean, max }] of Object.entries(table.columns) as [ResourceMetricId, ResourceColumn][]) {
      this.#columns.set(id, { mean: [...mean], max: [...max] })
    }
    while (this.#atUs.length > most) this.#halve()
  }

  get size(): number {
    return this.#atUs.length
  }

  add({ atUs, spanUs, values }: ResourceSample): void {
    if (atUs <= (this.#atUs.at(-1) ?? -Infinity)) return
    const before = this.#atUs.length
    this.#atUs.push(atUs)
    this.#spanUs.push(spanUs)
    for (const id of Object.keys(values) as ResourceMetricId[]) {
      if (!this.#columns.has(id)) this.#columns.set(id, { mean: nulls(before), max: nulls(before) })
    }
    for (const [id, column] of this.#columns) {
      column.mean.push(values[id] ?? null)
      column.max.push(values[id] ?? null)
    }
    if (this.#atUs.length > this.#most) this.#halve()
  }

  table(): SampleTable {
    return {
      atUs: [...this.#atUs],
      spanUs: [...this.#spanUs],
      columns: Object.fromEntries(
        [...this.#columns].map(([id, { mean, max }]) => [id, { mean: [...mean], max: [...max] }]),
      ),
    }
  }

  #halve(): void {
    const spans = this.#spanUs
    for (const column of this.#columns.values()) {
      column.mean = pairs(column.mean, (values, at) => weightedMean(values, spans.slice(at, at + 2)))
      column.max = pairs(column.max, (values) => {
        const known = values.filter((value) => value !== null)
        return known.length === 0 ? null : Math.max(...known)
      })
    }
    this.#atUs = pairs(this.#atUs, (values) => values.at(-1)!)
    this.#spanUs = pairs(spans, (values) => values.reduce((sum, value) => sum + value, 0))
  }
}

function pairs<Value>(list: readonly Value[], join: (values: readonly Value[], at: number) => Value): Value[] {
  return Array.from({ length: Math.ceil(list.length / 2) }, (_, i) => join(list.slice(2 * i, 2 * i + 2), 2 * i))
}

function weightedMean(values: readonly (number | null)[], weights: readonly number[]): number | null {
  let [sum, weight] = [0, 0]
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    sum += value * weights[i]!
    weight += weights[i]!
  }
  return weight === 0 ? null : sum / weight
}

function nulls(length: number): null[] {
  return Array.from({ length }, () => null)
}
