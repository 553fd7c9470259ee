import { type Distribution, mean, percentile, standardDeviation } from '../domain/distribution.ts'
import type { PercentileSummary } from '../domain/perf-meta.ts'

/** What tables show of a distribution; `null` for nothing recorded. @param scale recorded units in one that is shown */
export function percentileSummary(values: Distribution | undefined, scale: number = 1): PercentileSummary | null {
  if (values === undefined || values.n === 0) return null
  const at = (p: number): number => percentile(values, p)! / scale
  const sd = standardDeviation(values)
  return {
    n: values.n,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: values.max / scale,
    mean: mean(values)! / scale,
    sd: sd === null ? null : sd / scale,
  }
}
