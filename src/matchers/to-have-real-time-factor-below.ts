import { LoadError } from '../domain/load-error.ts'
import { REQUEST_METRICS } from '../domain/metric.ts'
import { describe } from '../domain/quantity.ts'
import { optionsOf, percentileOf } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { percentileClaim } from './percentile-claim.ts'

const NAME = 'toHaveRealTimeFactorBelow'

/** Time of a request / seconds of audio, p95 unless told otherwise, is below a ratio; below 1 is faster than it plays. */
export const toHaveRealTimeFactorBelow: Matcher = defineMatcher(NAME, (subject, [ratio, options]) => {
  if (typeof ratio !== 'number' || !(ratio > 0) || !Number.isFinite(ratio)) {
    throw new LoadError('invalid-option', `${NAME}(ratio): got ${describe(ratio)}, takes a number above 0, such as 0.3`)
  }
  const { percentile = 95 } = optionsOf(NAME, options, ['percentile'])
  const p = percentileOf(`${NAME}(ratio, { percentile })`, percentile)
  return percentileClaim(subject, 'realTimeFactor', p, ratio * REQUEST_METRICS.realTimeFactor.scale)
})
