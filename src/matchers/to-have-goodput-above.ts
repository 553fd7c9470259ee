import { goodput } from '../domain/series-rates.ts'
import { exact, formatCount, formatRate, formatShare } from '../format/quantity-text.ts'
import { optionsOf, ratePerSecond } from './arguments.ts'
import { declaredSlo, SLO_LIMITS, sloText } from './declared-slo.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, type RateWindow, type WindowRuling } from './rate-claim.ts'

/**
 * More than `n` requests per second met every limit of the SLO that `load()` was given; in every step of a load of
 * several. Generators keep histograms, not requests: an SLO that was not declared cannot be applied afterwards.
 * @throws LoadError `not-measured` without a declared SLO or with another one
 */
export const toHaveGoodputAbove: Matcher = defineMatcher(
  'toHaveGoodputAbove',
  (subject, [n, slo]) => {
    const limitPerSecond = ratePerSecond('toHaveGoodputAbove', n)
    const declared = declaredSlo('toHaveGoodputAbove', subject.plan, optionsOf('toHaveGoodputAbove', slo, SLO_LIMITS))
    return rateClaim(subject, {
      what: `goodput (${sloText(declared)})`,
      relation: `above ${exact(limitPerSecond)}/s`,
      limitPerSecond,
      absence: { reason: 'no request was held against the SLO', advice: 'make the load longer' },
      rule: (window) => rule(window, limitPerSecond),
    })
  },
  'requests',
  'rate',
)

function rule({ series }: RateWindow, limit: number): WindowRuling | null {
  const rate = goodput(series)
  const { attempted, withinSlo } = series.outcomes
  if (rate === null || withinSlo === null || attempted === 0) return null
  return {
    outcome: rate > limit ? 'holds' : 'denied',
    perSecond: rate,
    measured: `${formatRate(rate)}, ${formatShare(withinSlo / attempted)} of ${formatCount(attempted)} requests within the SLO`,
    details: [],
  }
}
