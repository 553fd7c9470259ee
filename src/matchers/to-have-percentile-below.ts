import { limitUs, percentileOf } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { percentileClaim } from './percentile-claim.ts'

/** Percentile `p` of the latency (of a stage: of its duration) is below a limit. */
export const toHavePercentileBelow: Matcher = defineMatcher(
  'toHavePercentileBelow',
  (subject, [p, limit]) =>
    percentileClaim(
      subject,
      subject.primary,
      percentileOf('toHavePercentileBelow(p)', p),
      limitUs('toHavePercentileBelow', limit),
    ),
  'durations',
)

export const toHaveP50Below: Matcher = below('toHaveP50Below', 50)
export const toHaveP90Below: Matcher = below('toHaveP90Below', 90)
export const toHaveP95Below: Matcher = below('toHaveP95Below', 95)
export const toHaveP99Below: Matcher = below('toHaveP99Below', 99)
export const toHaveP999Below: Matcher = below('toHaveP999Below', 99.9)

function below(name: string, p: number): Matcher {
  return defineMatcher(
    name,
    (subject, [limit]) => percentileClaim(subject, subject.primary, p, limitUs(name, limit)),
    'durations',
  )
}
