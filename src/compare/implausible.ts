import type { RecordedMetrics, Reference } from '../domain/history.ts'
import type { ImplausibleLatency } from '../domain/perf-meta.ts'
import { comparableHistory } from './reference-runs.ts'

/** Nothing gets a hundred times faster by itself. */
const IMPLAUSIBLE_SHARE = 0.01

/** The median latency when it is under 1 % of what comparable runs took, else `null`. */
export function implausiblyFast(metrics: RecordedMetrics, reference: Reference): ImplausibleLatency | null {
  const latencyUs = metrics['latency.p50']?.value
  const earlier = comparableHistory(reference)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .flatMap((point) => point.metrics['latency.p50']?.value ?? [])
    .sort((a, b) => a - b)
  const usualUs = earlier[Math.floor(earlier.length / 2)]
  if (latencyUs === undefined || usualUs === undefined || latencyUs >= usualUs * IMPLAUSIBLE_SHARE) return null
  return { latencyUs, usualUs, runs: earlier.length }
}
