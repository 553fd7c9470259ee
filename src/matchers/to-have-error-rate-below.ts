import { unansweredCount } from '../domain/series-rates.ts'
import { limitShare } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { shareClaim } from './share-claim.ts'

/** Less than `share` of the attempted requests failed, were dropped or were missed. */
export const toHaveErrorRateBelow: Matcher = defineMatcher('toHaveErrorRateBelow', (subject, [share]) =>
  shareClaim(subject, 'error rate', limitShare('toHaveErrorRateBelow', share), unansweredCount(subject.series)),
)
