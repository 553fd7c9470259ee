import type { LoadSummary } from '../domain/perf-meta.ts'
import type { Verdict } from '../domain/verdict.ts'
import { formatCount, formatDuration, formatRate, formatShare } from './quantity-text.ts'

/** A load as one line, for annotations: `600 requests, 10.1/s, p50 83.2 ms, p99 120 ms, errors 0 %; 4 pass`. */
export function loadLine({ label, numbers, validity, expectations }: LoadSummary): string {
  const { latency, ttft } = numbers
  const counts = new Map<Verdict, number>()
  for (const { verdict } of expectations) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return [
    `${label === '' ? '' : `${label}: `}${[
      `${formatCount(numbers.outcomes.attempted)} requests`,
      `${formatRate(numbers.qps)} good`,
      `p50 ${formatDuration(latency?.p50 ?? null)}`,
      `p99 ${formatDuration(latency?.p99 ?? null)}`,
      ...(ttft === null ? [] : [`TTFT p95 ${formatDuration(ttft.p95)}`]),
      ...(numbers.outputTokensPerSecond === null ? [] : [`${formatRate(numbers.outputTokensPerSecond)} tokens`]),
      `errors ${formatShare(numbers.errorRate)}`,
    ].join(', ')}`,
    ...(counts.size === 0 ? [] : [Array.from(counts, ([verdict, count]) => `${count} ${verdict}`).join(', ')]),
    ...(validity.state === 'valid'
      ? []
      : [`${validity.state}: ${validity.findings.map(({ message }) => message).join('; ')}`]),
  ].join('; ')
}
