import { EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import { requestMetric } from '../domain/metric.ts'
import { infiniteCount } from '../domain/series-rates.ts'
import { exactDuration, formatCount, formatDuration } from '../format/quantity-text.ts'
import { limitUs } from './arguments.ts'
import { claimTexts, unknown } from './claim.ts'
import { frequentError, slowestStage } from './explanation.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { distanceText, noRequests } from './percentile-claim.ts'
import { statisticText } from './subject.ts'

/**
 * Every latency of this load is below a limit; a request without a good answer is over any. A fact of this load that
 * says little of the next: there is no interval.
 */
export const toHaveMaxBelow: Matcher = defineMatcher(
  'toHaveMaxBelow',
  (subject, [limitOption]) => {
    const limit = limitUs('toHaveMaxBelow', limitOption)
    const { label } = requestMetric(subject.primary)
    return {
      ...claimTexts(statisticText(subject, 'max', subject.primary), `below ${exactDuration(limit)}`),
      judge: () => {
        if (subject.series.outcomes.attempted === 0) return noRequests(subject)
        const values = subject.series.distributions[subject.primary] ?? EMPTY_DISTRIBUTION
        const lost = infiniteCount(subject.series, subject.primary)
        if (values.n + lost === 0) return unknown(`no ${label} was measured${subject.of}`, 'make the load longer')
        const value = lost > 0 ? Infinity : values.max
        return {
          outcome: value < limit ? 'holds' : 'denied',
          measured:
            `${formatDuration(value)}, n = ${formatCount(values.n + lost)}` +
            (lost === 0
              ? ''
              : `, ${formatCount(lost)} of them failed, dropped or missed; the others' max is ${formatDuration(values.n === 0 ? null : values.max)}`),
          distance: distanceText(value, limit),
          weakness: null,
          details: [...slowestStage(subject), ...frequentError(subject)],
        }
      },
    }
  },
  'durations',
)
