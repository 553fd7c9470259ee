import type { ResourceMetricId, SampleTable } from '../domain/resource.ts'
import type { TimeSpan } from './gaps.ts'

/** One metric of a resource over some time. */
export interface ResourceStatistics {
  /** Samples that hold a value. */
  readonly n: number
  /** What they cover, microseconds. */
  readonly spanUs: number
  /** Over time: a longer sample counts for more. */
  readonly mean: number
  readonly max: number
  /** Nearest rank over the samples. @param p over 0, under 100 */
  percentile(p: number): number
}

/** Over the samples that lie within the parts, by their middle, or over all; `null` when none of them has a value. */
export function resourceStatistics(
  table: SampleTable,
  metric: ResourceMetricId,
  parts: readonly TimeSpan[] | null,
): ResourceStatistics | null {
  const column = table.columns[metric]
  if (column === undefined) return null
  const known = samplesIn(table, parts).flatMap((i) => {
    const [mean, max] = [column.mean[i] ?? null, column.max[i] ?? null]
    return mean === null || max === null ? [] : [{ mean, max, spanUs: table.spanUs[i]! }]
  })
  if (known.length === 0) return null
  const weight = known.reduce((sum, { spanUs }) => sum + spanUs, 0)
  const sorted = known.map(({ mean }) => mean).sort((a, b) => a - b)
  return {
    n: known.length,
    spanUs: weight,
    mean: known.reduce((sum, { mean, spanUs }) => sum + mean * spanUs, 0) / weight,
    max: Math.max(...known.map(({ max }) => max)),
    percentile: (p) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!,
  }
}

/** Microseconds of the parts over which there are samples at all, and over which a process or container was not there. */
export function coverage(
  table: SampleTable,
  parts: readonly TimeSpan[],
): { readonly sampledUs: number; readonly absentUs: number } {
  const { processes, containers } = table.columns
  const inside = samplesIn(table, parts)
  const total = (of: readonly number[]): number => of.reduce((sum, i) => sum + table.spanUs[i]!, 0)
  return {
    sampledUs: total(inside),
    absentUs: total(inside.filter((i) => processes?.max[i] === 0 || containers?.max[i] === 0)),
  }
}

function samplesIn({ atUs, spanUs }: SampleTable, parts: readonly TimeSpan[] | null): number[] {
  const all = [...atUs.keys()]
  if (parts === null) return all
  return all.filter((i) => {
    const middleUs = atUs[i]! - spanUs[i]! / 2
    return parts.some(({ startUs, endUs }) => middleUs >= startUs && middleUs < endUs)
  })
}
