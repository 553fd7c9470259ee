import { type Distribution, mean, percentile, standardDeviation } from '../domain/distribution.ts'

/** A duration's distribution in milliseconds, of good requests only. */
export interface DurationSummary {
  readonly n: number
  readonly mean: number
  /** Sample standard deviation; `null` below two values. */
  readonly sd: number | null
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Summary of microseconds in milliseconds; `null` when nothing was recorded. */
export function summariseDuration(us: Distribution | undefined): DurationSummary | null {
  if (us === undefined || us.n === 0) return null
  const sd = standardDeviation(us)
  const at = (p: number): number => percentile(us, p)! / 1e3
  return {
    n: us.n,
    mean: mean(us)! / 1e3,
    sd: sd === null ? null : sd / 1e3,
    min: us.min / 1e3,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: us.max / 1e3,
  }
}
