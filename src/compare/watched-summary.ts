import type { MeasurementData } from '../domain/measurement.ts'
import type { WatchedSummary } from '../domain/perf-meta.ts'
import { isBucket, RESOURCE_METRICS, type ResourceMetricId, type SampleTable } from '../domain/resource.ts'
import { bucketStatistics, histogramsOf } from '../measure/bucket-statistics.ts'
import { partsOf, type TimeSpan } from '../measure/gaps.ts'
import { resourceStatistics } from '../measure/resource-statistics.ts'
import { SampleSum } from '../measure/sample-sum.ts'

/** Samples of a resource that a summary carries: enough for a chart. */
const MOST_SAMPLES = 240

/** What was watched, over the measured windows. */
export function watchedSummaries({ watched, steps, gaps }: MeasurementData): WatchedSummary[] {
  const windows = steps.flatMap((step) => partsOf(step, gaps))
  return watched.map(({ totals: _totals, ...one }) => ({
    ...one,
    samples: forCharts(new SampleSum(one.samples, MOST_SAMPLES).table()),
    idle: forCharts(one.idle),
    metrics: metricsOf(one, windows),
  }))
}

function metricsOf(
  { samples, idle }: { readonly samples: SampleTable; readonly idle: SampleTable },
  windows: readonly TimeSpan[],
): WatchedSummary['metrics'] {
  const own = (Object.keys(samples.columns) as ResourceMetricId[]).filter(
    (id) => /^(?:value|rate):/.test(id) && !isBucket(id),
  )
  const plain = [...RESOURCE_METRICS, ...own.sort()].flatMap((metric) => {
    const found = resourceStatistics(samples, metric, windows)
    if (found === null) return []
    const { n, mean, max } = found
    return [
      { metric, n, mean, p95: found.percentile(95), max, idle: resourceStatistics(idle, metric, null)?.mean ?? null },
    ]
  })
  const histograms = histogramsOf(samples).flatMap((metric) => {
    const found = bucketStatistics(samples, metric, windows)
    if (found === null) return []
    const { n, mean, most } = found
    return [
      {
        metric,
        n,
        mean,
        p95: found.percentile(95),
        max: most,
        idle: bucketStatistics(idle, metric, null)?.mean ?? null,
      },
    ]
  })
  return [...plain, ...histograms]
}

/** Buckets are no numbers to look at. */
function forCharts({ atUs, spanUs, columns }: SampleTable): SampleTable {
  const shown = Object.entries(columns).filter(([id]) => !isBucket(id as ResourceMetricId))
  return { atUs, spanUs, columns: Object.fromEntries(shown) }
}
