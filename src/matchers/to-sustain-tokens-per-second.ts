import { outputTokensPerSecond } from '../domain/series-rates.ts'
import { exact, formatCount, formatRate } from '../format/quantity-text.ts'
import { ratePerSecond } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, type RateWindow, type WindowRuling } from './rate-claim.ts'
import type { Subject } from './subject.ts'
import { NO_TOKENS, tokenSourceNote } from './token-notes.ts'

/** At least `n` output tokens of good requests per second arrived inside the window; in every step of a load of several. */
export const toSustainTokensPerSecond: Matcher = defineMatcher(
  'toSustainTokensPerSecond',
  (subject, [n]) => {
    const limitPerSecond = ratePerSecond('toSustainTokensPerSecond', n)
    return rateClaim(subject, {
      what: 'load',
      relation: `sustaining ${exact(limitPerSecond)} tokens/s`,
      limitPerSecond,
      absence: NO_TOKENS,
      rule: (window) => rule(subject, window, limitPerSecond),
    })
  },
  'requests',
  'rate',
)

function rule(subject: Subject, { series }: RateWindow, limit: number): WindowRuling | null {
  const rate = outputTokensPerSecond(series)
  if (rate === null) return null
  return {
    outcome: rate >= limit ? 'holds' : 'denied',
    perSecond: rate,
    measured: `${formatRate(rate)}, ${formatCount(series.events.outputTokens)} tokens${tokenSourceNote(subject)}, n = ${formatCount(series.outcomes.attempted)}`,
    details: [],
  }
}
