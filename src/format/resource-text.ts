import type { MetricUnit } from '../domain/metric.ts'
import { type ResourceMetricId, type ResourceUnit, resourceMetric } from '../domain/resource.ts'
import { formatBytes, formatMetric, formatDuration, formatShare, NOT_AVAILABLE, significant } from './quantity-text.ts'

const TEXTS: Readonly<Record<ResourceUnit, (value: number) => string>> = {
  share: formatShare,
  cores: (value) => `${significant(value)} ${value === 1 ? 'core' : 'cores'}`,
  bytes: formatBytes,
  'bytes/s': (value) => `${formatBytes(value)}/s`,
  count: significant,
  '1/s': (value) => `${significant(value)}/s`,
  celsius: (value) => `${significant(value)} °C`,
  watts: (value) => `${significant(value)} W`,
  hertz: (value) => `${significant(value / 1e9)} GHz`,
  us: formatDuration,
}

/** A value of a watched resource with its unit. */
export function formatResource(metric: ResourceMetricId, value: number | null): string {
  return value === null ? NOT_AVAILABLE : TEXTS[resourceMetric(metric).unit](value)
}

/** A value with its unit, whether of a load or of what was watched beside it. */
export function formatUnit(unit: MetricUnit | ResourceUnit, value: number | null): string {
  if (value === null) return NOT_AVAILABLE
  return unit in TEXTS ? TEXTS[unit as ResourceUnit](value) : formatMetric(unit as MetricUnit, value)
}
