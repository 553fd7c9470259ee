import { tokenGoodput } from '../domain/series-rates.ts'
import { exact, formatCount, formatRate, formatShare } from '../format/quantity-text.ts'
import { optionsOf, ratePerSecond } from './arguments.ts'
import { declaredSlo, SLO_LIMITS, sloText } from './declared-slo.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, type RateWindow, type WindowRuling } from './rate-claim.ts'
import type { Subject } from './subject.ts'
import { NO_TOKENS, tokenSourceNote } from './token-notes.ts'

const NAME = 'toHaveTokenGoodputAbove'

/**
 * More than `n` output tokens per second belonged to requests that met every limit of the SLO that `load()` was given; in
 * every step of a load of several.
 * @throws LoadError `not-measured` without a declared SLO or with another one
 */
export const toHaveTokenGoodputAbove: Matcher = defineMatcher(
  NAME,
  (subject, [n, slo]) => {
    const limitPerSecond = ratePerSecond(NAME, n)
    const declared = declaredSlo(NAME, subject.plan, optionsOf(NAME, slo, SLO_LIMITS))
    return rateClaim(subject, {
      what: `token goodput (${sloText(declared)})`,
      relation: `above ${exact(limitPerSecond)} tokens/s`,
      limitPerSecond,
      absence: NO_TOKENS,
      rule: (window) => rule(subject, window, limitPerSecond),
    })
  },
  'requests',
  'rate',
)

function rule(subject: Subject, { series }: RateWindow, limit: number): WindowRuling | null {
  const rate = tokenGoodput(series)
  const { outputTokens, outputTokensWithinSlo: good } = series.events
  if (rate === null) return null
  // Tokens may all have arrived outside the window of a load that has only just begun.
  const share = outputTokens > 0 ? ` (${formatShare(good / outputTokens)})` : ''
  return {
    outcome: rate > limit ? 'holds' : 'denied',
    perSecond: rate,
    measured: `${formatRate(rate)}, ${formatCount(good)} of ${formatCount(outputTokens)} tokens${share} within the SLO${tokenSourceNote(subject)}`,
    details: [],
  }
}
