import type { Trend, TrendPoint } from '../domain/comparison.ts'
import type { HistoryPoint, Reference } from '../domain/history.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import { betterWay } from './judge-effects.ts'
import { comparableHistory } from './reference-runs.ts'

/**
 * A spec's way over its comparable runs that were measured to their end, failed claims included; the current run is
 * last. `change` is new/old - 1; `speedup` is old/new where lower is better, new/old otherwise; both are `null` where a
 * value of 0 leaves them undefined.
 */
export function trendOf(reference: Reference, current: HistoryPoint, metric: RecordedMetricId): Trend {
  const comparable = comparableHistory(reference)
  const measured = [...comparable.filter(({ status }) => status === 'passed' || status === 'failed'), current].flatMap(
    (point) => (point.metrics[metric] === undefined ? [] : { point, value: point.metrics[metric].value }),
  )
  const first = measured[0]?.value ?? null
  return {
    metric,
    points: measured.map(({ point, value }, i): TrendPoint => {
      const cumulative = i === 0 ? null : changeOf(first, value)
      return {
        runId: point.runId,
        label: point === current ? 'this run' : labelOf(point),
        startedAt: point.startedAt,
        value,
        change: i === 0 ? null : changeOf(measured[i - 1]!.value, value),
        cumulative,
        speedup:
          cumulative === null || value === 0 ? null : betterWay(metric) === 'lower' ? first! / value : value / first!,
        current: point === current,
      }
    }),
    incomparable: reference.history.length - comparable.length,
  }
}

function changeOf(old: number | null, now: number): number | null {
  return old === null || old === 0 ? null : now / old - 1
}

/** Short commit, else the time to the minute. */
function labelOf({ commit, startedAt }: HistoryPoint): string {
  return commit === null ? startedAt.slice(0, 16).replace('T', ' ') : commit.slice(0, 7)
}
