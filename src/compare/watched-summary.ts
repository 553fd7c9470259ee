import type { MeasurementData } from '../domain/measurement.ts'
import type { WatchedSummary } from '../domain/perf-meta.ts'
import { RESOURCE_METRICS } from '../domain/resource.ts'
import { partsOf } from '../measure/gaps.ts'
import { resourceStatistics } from '../measure/resource-statistics.ts'
import { SampleSum } from '../measure/sample-sum.ts'

/** Samples of a resource that a summary carries: enough for a chart. */
const MOST_SAMPLES = 240

/** What was watched, over the measured windows. */
export function watchedSummaries({ watched, steps, gaps }: MeasurementData): WatchedSummary[] {
  const windows = steps.flatMap((step) => partsOf(step, gaps))
  return watched.map((one) => ({
    ...one,
    samples: new SampleSum(one.samples, MOST_SAMPLES).table(),
    metrics: RESOURCE_METRICS.flatMap((metric) => {
      const found = resourceStatistics(one.samples, metric, windows)
      if (found === null) return []
      const { n, mean, max } = found
      const idle = resourceStatistics(one.idle, metric, null)?.mean ?? null
      return { metric, n, mean, p95: found.percentile(95), max, idle }
    }),
  }))
}
