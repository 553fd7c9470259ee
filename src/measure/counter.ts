import { COUNTER_SCALE, type DistributionId } from '../domain/metric.ts'
import type { SeriesData } from '../domain/measurement.ts'

/** A number that answers told, over the good answers of a window. */
export interface Counter {
  /** Good answers that told it. */
  readonly n: number
  /** Good answers that did not: they are in none of the numbers beside. */
  readonly missing: number
  readonly total: number
  /** total / n. */
  readonly mean: number
  /** Answers that told more than 0. */
  readonly hits: number
  /** hits / n; 0 to 1. */
  readonly share: number
}

/** A counter of a series; `null` when no good answer told it. */
export function counterOf({ distributions, outcomes }: SeriesData, name: string): Counter | null {
  const values = distributions[`counter:${name}`]
  if (values === undefined || values.n === 0) return null
  const hits = values.counts.reduce((sum, count, i) => (values.values[i]! > 0 ? sum + count : sum), 0)
  const total = values.sum / COUNTER_SCALE
  return {
    n: values.n,
    missing: Math.max(0, outcomes.good - values.n),
    total,
    mean: total / values.n,
    hits,
    share: hits / values.n,
  }
}

/** Names of all counters of a series. */
export function counterNames({ distributions }: SeriesData): string[] {
  return (Object.keys(distributions) as DistributionId[]).flatMap((id) =>
    id.startsWith('counter:') ? id.slice(8) : [],
  )
}
