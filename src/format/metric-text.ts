import { LOAD_METRICS, REQUEST_METRICS } from '../domain/metric.ts'
import type { LoadMetric, LoadMetricId, RecordedMetricId, RequestMetricId } from '../domain/metric.ts'
import { formatMetric } from './quantity-text.ts'

/** How a recorded metric is called, and its unit and direction: `latency.p99` is `p99 latency`, in microseconds. */
export function recordedMetric(id: RecordedMetricId): LoadMetric {
  const dot = id.indexOf('.p')
  if (dot < 0) return LOAD_METRICS[id as LoadMetricId]
  const { label, unit, better } = REQUEST_METRICS[id.slice(0, dot) as RequestMetricId]
  return { label: `${id.slice(dot + 1)} ${label}`, unit, better }
}

/** A recorded value in its metric's unit. */
export function formatRecorded(id: RecordedMetricId, value: number | null): string {
  return formatMetric(recordedMetric(id).unit, value)
}
