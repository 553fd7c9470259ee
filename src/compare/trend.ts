import type { Trend, TrendChange, TrendPoint } from '../domain/comparison.ts'
import type { HistoryPoint, Reference } from '../domain/history.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import { changePoints } from '../stats/change-points.ts'
import { crept } from '../stats/ewma-chart.ts'
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
  const values = measured.map(({ value }) => value)
  const labels = measured.map(({ point }) => (point === current ? 'this run' : labelOf(point)))
  const changes = levelChanges(values, labels, betterWay(metric))
  return {
    metric,
    changes,
    creep: values.every((value) => value > 0) ? crept(values.slice(changes.at(-1)?.index ?? 0)) : null,
    points: measured.map(({ point, value }, i): TrendPoint => {
      const cumulative = i === 0 ? null : changeOf(first, value)
      return {
        runId: point.runId,
        label: labels[i]!,
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

/** Changes of level of values in time order; none where one is 0, which has no logarithm. */
function levelChanges(
  values: readonly number[],
  labels: readonly string[],
  better: 'lower' | 'higher',
): readonly TrendChange[] {
  if (!values.every((value) => value > 0)) return []
  return changePoints(values).map(({ index, before, after, change }) => ({
    index,
    label: labels[index]!,
    before,
    after,
    change,
    better: better === 'lower' ? change < 0 : change > 0,
  }))
}

function changeOf(old: number | null, now: number): number | null {
  return old === null || old === 0 ? null : now / old - 1
}

/** Short commit, else the time to the minute. */
function labelOf({ commit, startedAt }: HistoryPoint): string {
  return commit === null ? startedAt.slice(0, 16).replace('T', ' ') : commit.slice(0, 7)
}
