import { EMPTY_DISTRIBUTION, mean, standardDeviation } from '../domain/distribution.ts'
import { requestMetric } from '../domain/metric.ts'
import { exactDuration, formatCount, formatDuration, formatInterval } from '../format/quantity-text.ts'
import { studentTCritical } from '../stats/student-t.ts'
import { infiniteCount } from '../domain/series-rates.ts'
import { limitUs } from './arguments.ts'
import { claimTexts, unknown, type Claim } from './claim.ts'
import { frequentError, slowestStage } from './explanation.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { distanceText, noRequests } from './percentile-claim.ts'
import { statisticText, type Subject } from './subject.ts'

/** From this many values on a mean is near enough to normal for Student's t to bound it. */
const FEWEST_VALUES = 30

/**
 * The mean latency is below a limit. A request without a good answer took infinitely long, so one of them makes the mean
 * infinite: percentiles bear a share of failures, a mean does not.
 */
export const toHaveMeanBelow: Matcher = defineMatcher(
  'toHaveMeanBelow',
  (subject, [limit]) => meanClaim(subject, limitUs('toHaveMeanBelow', limit)),
  'durations',
)

function meanClaim(subject: Subject, limit: number): Claim {
  return {
    ...claimTexts(statisticText(subject, 'mean', subject.primary), `below ${exactDuration(limit)}`),
    judge: () => {
      if (subject.series.outcomes.attempted === 0) return noRequests(subject)
      const values = subject.series.distributions[subject.primary] ?? EMPTY_DISTRIBUTION
      const lost = infiniteCount(subject.series, subject.primary)
      const known = mean(values)
      if (known === null && lost === 0)
        return unknown(`no ${requestMetric(subject.primary).label} was measured`, 'make the load longer')
      const value = lost > 0 || known === null ? Infinity : known
      const holds = value < limit
      const sd = standardDeviation(values)
      const deviation = `sd ${formatDuration(sd)}`
      const se = (sd ?? Infinity) / Math.sqrt(values.n)
      const reach = (alpha: number): number => studentTCritical(alpha, values.n - 1) * se
      const enough = values.n >= FEWEST_VALUES
      const interval = enough && lost === 0 ? ([value - reach(0.025), value + reach(0.025)] as const) : null
      return {
        outcome: holds ? 'holds' : 'denied',
        measured: [
          [formatDuration(value), formatInterval(interval, formatDuration)].filter(Boolean).join(' '),
          ...(lost === 0 ? [deviation] : []),
          `n = ${formatCount(values.n + lost)}`,
          ...(lost === 0
            ? []
            : [
                `${formatCount(lost)} of them failed, dropped or missed; the others' mean is ${formatDuration(known)}, ${deviation}`,
              ]),
        ].join(', '),
        distance: distanceText(value, limit),
        weakness: value === Infinity ? null : weakness(),
        details: [
          ...(lost === 0
            ? slowestStage(subject)
            : ['a request without an answer has no latency: claim a percentile, which bears a share of them']),
          ...frequentError(subject),
        ],
      }

      function weakness(): string | null {
        if (!enough) return `n = ${formatCount(values.n)} is too small for a mean: it takes ${FEWEST_VALUES} values`
        const bound = holds ? value + reach(0.05) : value - reach(0.05)
        if (holds === bound < limit) return null
        return holds
          ? `the 95 % upper bound ${formatDuration(bound)} is not below the limit: a longer load narrows it`
          : 'the interval straddles the limit: a longer load could decide otherwise'
      }
    },
  }
}
