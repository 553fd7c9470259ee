import { limitShare } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { shareClaim } from './share-claim.ts'

/** Less than `share` of the attempted requests ran into a timeout (connect, headers, between chunks, total). */
export const toHaveTimeoutRateBelow: Matcher = defineMatcher('toHaveTimeoutRateBelow', (subject, [share]) =>
  shareClaim(
    subject,
    'timeout rate',
    limitShare('toHaveTimeoutRateBelow', share),
    subject.series.outcomes.failedByKind.timeout ?? 0,
  ),
)
