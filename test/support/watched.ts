import { NO_SAMPLES, type ResourceMetricId, type SampleTable, type WatchedData } from '../../src/domain/resource.ts'

/** One column of samples of equal length, the first of which begins at `fromUs`. */
export function sampleTable(
  columns: { readonly [Id in ResourceMetricId]?: readonly (number | null)[] },
  everyUs = 1e6,
  fromUs = 0,
): SampleTable {
  const all = Object.entries(columns) as [ResourceMetricId, readonly (number | null)[]][]
  const length = Math.max(...all.map(([, values]) => values.length))
  return {
    atUs: Array.from({ length }, (_, i) => fromUs + (i + 1) * everyUs),
    spanUs: Array.from({ length }, () => everyUs),
    columns: Object.fromEntries(all.map(([id, values]) => [id, { mean: values, max: values }])),
  }
}

/** A machine of four cores and 16 GB, or a process on it. */
export function watched(parts: Partial<WatchedData> = {}): WatchedData {
  const kind = parts.kind ?? 'host'
  const name = kind === 'host' ? 'host' : 'process 4711'
  return { kind, name, cores: 4, memoryBytes: 16e9, samples: NO_SAMPLES, idle: NO_SAMPLES, notes: [], ...parts }
}
