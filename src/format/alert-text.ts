import type { AlertChange, AlertMetric, AlertSpan } from '../domain/alert.ts'
import { type ResourceMetricId, resourceMetric } from '../domain/resource.ts'
import { formatDuration, formatShare } from './quantity-text.ts'
import { formatResource } from './resource-text.ts'

/**
 * What has come of an alert: `CPU of host over 90 % for 10 s, at most 97 %`; when it ends, `no longer over ...`.
 * One that cannot be watched says what it would need.
 */
export function alertText(change: AlertChange): string {
  if (change.kind === 'unwatched') {
    const { rule } = change
    const name = rule.kind === 'resource' ? `${rule.name}${rule.of === null ? '' : ` of '${rule.of}'`}` : ''
    return `${rule.text} cannot be watched: nothing in monitors tells ${name}`
  }
  const { span } = change
  return change.kind === 'began' ? spanText(span) : `over: ${spanText(span)}`
}

/** One that is still on: `CPU of host above 90 % from 12 s on`, of the load's time. */
export function ongoingText({ metric, watched, side, limit, fromUs }: AlertSpan): string {
  const from = fromUs < 5e5 ? 'the start' : formatDuration(Math.round(fromUs / 1e6) * 1e6)
  return `${subjectText(metric, watched)} ${side} ${valueText(metric, limit)} from ${from} on`
}

/** `CPU of host above 90 % for 14 s, at most 97 %`. */
export function spanText(span: AlertSpan): string {
  const { metric, watched, side, limit, peak, fromUs, toUs } = span
  const what = subjectText(metric, watched)
  const extreme = side === 'above' ? 'at most' : 'at least'
  const value = peak === null ? 'without a good answer at that rank' : `${extreme} ${valueText(metric, peak)}`
  return `${what} ${side} ${valueText(metric, limit)} for ${formatDuration(toUs - fromUs)}, ${value}`
}

function subjectText(metric: AlertMetric, watched: string | null): string {
  return watched === null ? loadMetricText(metric) : `${labelOf(metric)} of ${watched}`
}

function isOfLoad(metric: AlertMetric): metric is Exclude<AlertMetric, ResourceMetricId> {
  return metric === 'errorRate' || /^p\d/.test(metric)
}

function loadMetricText(metric: AlertMetric): string {
  return metric === 'errorRate' ? 'error rate' : `${metric} latency`
}

function labelOf(metric: AlertMetric): string {
  return isOfLoad(metric) ? loadMetricText(metric) : resourceMetric(metric).label
}

function valueText(metric: AlertMetric, value: number): string {
  if (!isOfLoad(metric)) return formatResource(metric, value)
  return metric === 'errorRate' ? formatShare(value) : formatDuration(value)
}
