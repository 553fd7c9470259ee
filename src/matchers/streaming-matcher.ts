import type { RequestMetricId } from '../domain/metric.ts'
import { limitUs, optionsOf, percentileOf } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { percentileClaim } from './percentile-claim.ts'

/** Options of the streaming matchers. */
export interface PercentileOptions {
  /** Which percentile is held against the limit, above 0 and below 100. @default 95 */
  readonly percentile?: number
}

/** A matcher `(limit, { percentile })` over a metric of streamed answers. */
export function streamingMatcher(name: string, metric: RequestMetricId): Matcher {
  return defineMatcher(name, (subject, [limit, options]) => {
    const { percentile = 95 } = optionsOf(name, options, ['percentile'])
    return percentileClaim(
      subject,
      metric,
      percentileOf(`${name}(limit, { percentile })`, percentile),
      limitUs(name, limit),
    )
  })
}
