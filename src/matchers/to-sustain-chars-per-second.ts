import { charactersPerSecond } from '../domain/series-rates.ts'
import { exact, formatCount, formatRate } from '../format/quantity-text.ts'
import { ratePerSecond } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, type RateWindow, type WindowRuling } from './rate-claim.ts'

/** At least `n` characters per second were spoken, of texts whose speech was complete inside the window; in every step. */
export const toSustainCharsPerSecond: Matcher = defineMatcher(
  'toSustainCharsPerSecond',
  (subject, [n]) => {
    const limitPerSecond = ratePerSecond('toSustainCharsPerSecond', n)
    return rateClaim(subject, {
      what: 'load',
      relation: `sustaining ${exact(limitPerSecond)} characters/s`,
      limitPerSecond,
      absence: { reason: 'no characters were spoken', advice: 'the scenario must be speech() or openai.speech()' },
      rule: (window) => rule(window, limitPerSecond),
    })
  },
  'requests',
  'one',
)

function rule({ series }: RateWindow, limit: number): WindowRuling | null {
  const rate = charactersPerSecond(series)
  if (rate === null) return null
  const { events, outcomes } = series
  return {
    outcome: rate >= limit ? 'holds' : 'denied',
    perSecond: rate,
    measured: `${formatRate(rate)}, ${formatCount(events.inputChars)} characters, n = ${formatCount(outcomes.attempted)}`,
    details: [],
  }
}
