import { failedCount } from '../domain/measurement.ts'
import { unansweredCount } from '../domain/series-rates.ts'
import { formatCount } from '../format/quantity-text.ts'
import { frequentError } from './explanation.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { noRequests } from './percentile-claim.ts'

/** Not one request failed, was dropped or was missed. A fact of this load: there is no interval. */
export const toHaveNoErrors: Matcher = defineMatcher('toHaveNoErrors', (subject) => ({
  text: `no errors${subject.of}`,
  negatedText: `errors${subject.of}`,
  judge: () => {
    const { attempted, dropped, missed } = subject.series.outcomes
    if (attempted === 0) return noRequests(subject)
    const lost = unansweredCount(subject.series)
    return {
      outcome: lost === 0 ? 'holds' : 'denied',
      measured:
        `${formatCount(failedCount(subject.series.outcomes))} failed, ${formatCount(dropped)} dropped, ` +
        `${formatCount(missed)} missed of ${formatCount(attempted)} requests`,
      distance: null,
      weakness: null,
      details: frequentError(subject),
    }
  },
}))
