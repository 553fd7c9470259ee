import { counterClaim } from './counter-claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'

/** More than `share` of the good answers told more than 0 under this name of the option `counters`. */
export const toHaveCounterRateAbove: Matcher = defineMatcher('toHaveCounterRateAbove', (subject, args) =>
  counterClaim(subject, 'toHaveCounterRateAbove', args, 'above'),
)
