/*
 * Runs of one load in one job, as one run.
 *
 * The value is the median of the runs (of two the geometric mean), which a wild run does not move; its variance within a
 * run is smaller by their number. What one job differs in from another is in all of its runs alike, and how much that is
 * one job cannot tell: the noise from run to run is therefore taken as that of a single run, however many there are.
 * Repeating a load in its job thus helps where runs are short or now and then wild, and not against noise between jobs.
 * Shares (error rate) are those of all requests together.
 */
import type { RecordedMetric, RecordedMetrics } from '../domain/history.ts'
import { isRecordedMetricId, type RecordedMetricId } from '../domain/metric.ts'
import { median } from '../stats/robust.ts'
import { isShare } from './judge-effects.ts'

/** Variance of the median of n normal values / that of one of them: n = 1, 2, 3; pi / 2n from then on. */
const MEDIAN_VARIANCE = [1, 1 / 2, 0.4487] as const

/** What several runs of one load in one job amount to, as far as all of them recorded it. At least one run. */
export function jointRun(runs: readonly RecordedMetrics[]): RecordedMetrics {
  const [first, ...others] = runs
  if (first === undefined || others.length === 0) return first ?? {}
  const ids = Object.keys(first).filter(isRecordedMetricId)
  return Object.fromEntries(
    ids.flatMap((id): [RecordedMetricId, RecordedMetric][] => {
      const values = runs.flatMap((run) => run[id] ?? [])
      return values.length < runs.length ? [] : [[id, isShare(id) ? pooled(values) : middle(values)]]
    }),
  )
}

function middle(runs: readonly RecordedMetric[]): RecordedMetric {
  const over = (valueOf: (run: RecordedMetric) => number): number =>
    Math.exp(median(runs.map((run) => Math.log(valueOf(run)))))
  const value = over((run) => run.value)
  const bounded = runs.flatMap(({ value, lower, upper }) =>
    lower === null || upper === null || !(lower > 0) ? [] : [{ lower: lower / value, upper: upper / value }],
  )
  const reach = Math.sqrt(MEDIAN_VARIANCE[runs.length - 1] ?? Math.PI / (2 * runs.length))
  const bound = (ratios: readonly number[]): number | null =>
    bounded.length < runs.length ? null : value * Math.exp(reach * median(ratios.map(Math.log)))
  return {
    value,
    lower: bound(bounded.map(({ lower }) => lower)),
    upper: bound(bounded.map(({ upper }) => upper)),
    n: runs.reduce((sum, { n }) => sum + n, 0),
  }
}

/** A share over all runs together. */
export function pooled(runs: readonly RecordedMetric[]): RecordedMetric {
  const n = runs.reduce((sum, run) => sum + run.n, 0)
  const events = runs.reduce((sum, run) => sum + run.value * run.n, 0)
  return { value: n === 0 ? 0 : events / n, lower: null, upper: null, n }
}
