import type { MeasurementData, SeriesData } from '../../domain/measurement.ts'
import type { ImplausibleLatency } from '../../domain/perf-meta.ts'
import type { ResourceMetricId, WatchedData } from '../../domain/resource.ts'
import { partsOf, type TimeSpan } from '../../measure/gaps.ts'
import { type ResourceStatistics, resourceStatistics } from '../../measure/resource-statistics.ts'

/** What findings look at. */
export interface FindingFacts {
  readonly data: MeasurementData
  readonly implausible: ImplausibleLatency | null
}

/** A number of a watched resource over the measured windows. */
export interface WatchedNumber extends ResourceStatistics {
  readonly watched: WatchedData
}

/** Fewer samples show no state that lasted: two seconds at the usual pace are four. */
const FEWEST_SAMPLES = 8

/** The measured windows without gaps. */
export function windowsOf({ steps, gaps }: MeasurementData): readonly TimeSpan[] {
  return steps.flatMap((step) => partsOf(step, gaps))
}

/**
 * Every watched resource that told the metric in the windows, with what it told.
 * @param fewest samples that it takes; for what is a level or a count one look is enough
 */
export function numbersOf(
  data: MeasurementData,
  metric: ResourceMetricId,
  fewest: number = FEWEST_SAMPLES,
): readonly WatchedNumber[] {
  const windows = windowsOf(data)
  return data.watched.flatMap((watched) => {
    const found = resourceStatistics(watched.samples, metric, windows)
    return found === null || found.n < fewest ? [] : [{ watched, ...found }]
  })
}

/** Series whose requests are alike: the load's own, or the parts of a mix, each with how sentences begin. */
export function alikeSeries({ data }: FindingFacts): readonly { readonly of: string; readonly series: SeriesData }[] {
  if (data.plan.scenario.kind !== 'mix') return [{ of: '', series: data.series }]
  return Object.entries(data.requests).map(([name, series]) => ({ of: `${name}: `, series }))
}

/** Requests in work and waiting, second by second of the windows. */
export function backlogSeconds(data: MeasurementData): readonly number[] {
  const windows = windowsOf(data)
  return data.buckets
    .filter(({ second }) =>
      windows.some(({ startUs, endUs }) => second * 1e6 >= startUs && (second + 1) * 1e6 <= endUs),
    )
    .map(({ usersActive, queued }) => usersActive + queued)
}

/** Whether the spec itself disturbed the target: then what changed in the load may be its doing. */
export function isDisturbed({ events, gaps }: MeasurementData): boolean {
  return gaps.length > 0 || events.some(({ kind }) => kind === 'fault')
}

/** How far a value lies between a threshold (0) and the end of its range (1). */
export function strength(value: number, threshold: number, end: number): number {
  return Math.min(1, Math.max(0, (value - threshold) / (end - threshold)))
}
