import { EMPTY_DISTRIBUTION, percentile } from '../domain/distribution.ts'
import type { MeasurementData, OutcomeCounts } from '../domain/measurement.ts'
import { achievedRate, errorRate } from '../domain/series-rates.ts'
import { formatCount, formatDuration, formatRate, formatShare } from './quantity-text.ts'

/**
 * What a load measured before it was ended, as one line: `measured until then: 600 requests, sent 101/s, p50 83.2 ms,
 * p99 120 ms, errors 35 % (200 http, 10 aborted with the load); 500 requests of warm-up, 12 without a good answer`.
 */
export function abortedText({ series, warmup }: MeasurementData): string {
  const latency = series.distributions.latency ?? EMPTY_DISTRIBUTION
  const measured = [
    `${formatCount(series.outcomes.attempted)} requests`,
    `sent ${formatRate(achievedRate(series))}`,
    `p50 ${formatDuration(percentile(latency, 50))}`,
    `p99 ${formatDuration(percentile(latency, 99))}`,
    `errors ${formatShare(errorRate(series))}${kinds(series.outcomes)}`,
  ].join(', ')
  const before =
    warmup.attempted === 0
      ? ''
      : `; ${formatCount(warmup.attempted)} requests outside the window, ${formatCount(warmup.attempted - warmup.good)} without a good answer${kinds(warmup)}`
  return `measured until then: ${measured}${before}`
}

function kinds({ failedByKind, dropped, missed }: OutcomeCounts): string {
  const { aborted = 0, ...failed } = failedByKind
  const counts = [
    ...Object.entries(failed),
    ['dropped', dropped] as const,
    ['missed', missed] as const,
    ['aborted with the load', aborted] as const,
  ].filter(([, count]) => count > 0)
  return counts.length === 0 ? '' : ` (${counts.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ')})`
}
