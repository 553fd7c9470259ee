import type { CommonMode, MetricComparison } from '../domain/comparison.ts'
import type { Look } from '../domain/look.ts'
import { formatRecorded, recordedMetric } from './metric-text.ts'
import { formatChange, formatInterval, formatPoints, formatShare } from './quantity-text.ts'

/** One compared metric: `p50 latency OK · 84 ms → 83.2 ms · −1 % [−3.1 %, +1.2 %] · detectable from 5 %`. */
export function metricComparisonText(metric: MetricComparison): string {
  return metricComparisonParts(metric).join(' · ')
}

/** The same in parts, for lines that must be broken. */
export function metricComparisonParts(metric: MetricComparison): string[] {
  const { unit, label } = recordedMetric(metric.metric)
  const change = unit === 'share' ? signedPoints : formatChange
  return [
    `${label} ${metric.verdict}`,
    `${formatRecorded(metric.metric, metric.reference)} → ${formatRecorded(metric.metric, metric.current)}`,
    // From a reference of 0 there is no relative change.
    ...(Number.isFinite(metric.change)
      ? [`${change(metric.change)} ${formatInterval(metric.changeInterval, change)}`.trimEnd()]
      : []),
    ...(metric.detectable === null
      ? []
      : [`detectable from ${unit === 'share' ? formatPoints(metric.detectable) : formatShare(metric.detectable)}`]),
    ...(metric.runsNeeded === null
      ? []
      : [`${metric.runsNeeded === 1 ? '1 more run' : `${metric.runsNeeded} more runs`} would decide`]),
  ]
}

/** How often a question was looked at: `look 2 of at most 3`. */
export function lookNote({ index, of }: Look): string {
  return `look ${index} of at most ${of}: all that this job measured counts together, and each look has its part of the error rates`
}

/** Where most loads moved alike, a REGRESSED of each says less than it seems to. */
export function commonModeText({ alike, of, change }: CommonMode): string {
  return (
    `${alike} of ${of} loads moved alike, by ${formatChange(change)} in the middle: what they share has changed, such as ` +
    'this machine; take each REGRESSED or IMPROVED of this run as INCONCLUSIVE and repeat it, or compare two versions ' +
    'in one job with compare()'
  )
}

/** Where a run compares so much that some of it may be chance. @param titles of the loads that may be */
export function chanceText(titles: readonly string[], of: number, rows: number): string {
  return (
    `${titles.length} of ${of} REGRESSED ${of === 1 ? 'does' : 'do'} not stand out among the ${rows} figures that this run compares ` +
    `(Benjamini-Hochberg, 5 %) and may be chance; repeat before you act on: ${titles.join(', ')}`
  )
}

function signedPoints(difference: number): string {
  return `${difference > 0 ? '+' : ''}${formatPoints(difference)}`
}
