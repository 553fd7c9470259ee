import { counterClaim } from './counter-claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'

/** Less than `share` of the good answers told more than 0 under this name of the option `counters`. */
export const toHaveCounterRateBelow: Matcher = defineMatcher('toHaveCounterRateBelow', (subject, args) =>
  counterClaim(subject, 'toHaveCounterRateBelow', args, 'below'),
)
