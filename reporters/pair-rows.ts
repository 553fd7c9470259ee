import type { RecordedMetric } from '../src/domain/history.ts'
import type { RecordedMetricId } from '../src/domain/metric.ts'
import type { PairRun } from '../src/domain/pairs.ts'
import { formatRecorded, recordedMetric } from '../src/format/metric-text.ts'
import { formatChange } from '../src/format/quantity-text.ts'

/** Figures of each load that stand in the table of pairs. */
const SHOWN: readonly RecordedMetricId[] = ['latency.p50', 'qps']

/** The table of a comparison in pairs: which side was first, then both values of each figure with the change. */
export function pairRows(pairs: readonly PairRun[]): {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
} {
  const metrics = SHOWN.filter((id) => pairs.some(({ a, b }) => a[id] !== undefined || b[id] !== undefined))
  return {
    titles: ['pair', 'first', ...metrics.flatMap((id) => [`a ${recordedMetric(id).label}`, 'b', 'change'])],
    rows: pairs.map(({ first, a, b }, i) => [
      String(i + 1),
      first,
      ...metrics.flatMap((id) => [formatted(id, a[id]), formatted(id, b[id]), changeText(a[id], b[id])]),
    ]),
  }
}

function formatted(id: RecordedMetricId, metric: RecordedMetric | undefined): string {
  return formatRecorded(id, metric?.value ?? null)
}

function changeText(a: RecordedMetric | undefined, b: RecordedMetric | undefined): string {
  return a === undefined || b === undefined || a.value === 0 ? '' : formatChange(b.value / a.value - 1)
}
