import { type Distribution, mean, percentile, standardDeviation } from '../domain/distribution.ts'
import type { SeriesData } from '../domain/measurement.ts'
import type { DistributionId } from '../domain/metric.ts'
import type { StageSummary } from '../domain/perf-meta.ts'
import { isInferred, lastPart, OVERLAP, parentPath, REST, stagePath } from '../domain/stage-name.ts'

interface Stage {
  readonly name: string
  readonly values: Distribution
}

/**
 * The latency of a series as a tree of its stages, depth first, the longest first: its total, then each stage with its
 * parts. Means add up, percentiles do not: shares are of time. Empty where the target told no stage.
 */
export function stageBreakdown({ distributions }: SeriesData): StageSummary[] {
  const stages = (Object.keys(distributions) as DistributionId[])
    .filter((id) => id.startsWith('stage:'))
    .map((id): Stage => ({ name: id.slice('stage:'.length), values: distributions[id]! }))
  const root = stages.filter(({ name }) => parentPath(stagePath(name)) === '')
  const ends = root.filter(({ name }) => name === REST || name === OVERLAP)
  if (ends.length === 0) return []
  const n = ends.reduce((sum, { values }) => sum + values.n, 0)
  const totalUs = root.reduce((sum, { name, values }) => sum + (name === OVERLAP ? -values.sum : values.sum), 0)
  const latency = distributions.latency?.n === n ? distributions.latency : null
  const at = (p: number): number | null => (latency === null ? null : percentile(latency, p))
  return [
    {
      name: 'total',
      depth: 0,
      inferred: false,
      n,
      meanUs: totalUs / n,
      sdUs: latency === null ? null : standardDeviation(latency),
      share: 1,
      p50: at(50),
      p95: at(95),
      p99: at(99),
    },
    ...partsOf('', stages, totalUs, 1),
  ]
}

function partsOf(parent: string, stages: readonly Stage[], totalUs: number, depth: number): StageSummary[] {
  return stages
    .filter(({ name }) => parentPath(stagePath(name)) === parent)
    .sort((a, b) => rank(a) - rank(b) || b.values.sum - a.values.sum)
    .flatMap(({ name, values }) => [
      {
        name,
        depth,
        inferred: isInferred(name),
        n: values.n,
        meanUs: mean(values)!,
        sdUs: standardDeviation(values),
        share: totalUs > 0 ? values.sum / totalUs : null,
        p50: percentile(values, 50),
        p95: percentile(values, 95),
        p99: percentile(values, 99),
      },
      ...partsOf(stagePath(name), stages, totalUs, depth + 1),
    ])
}

function rank({ name }: Stage): number {
  return [REST, OVERLAP].indexOf(lastPart(name)) + 1
}
