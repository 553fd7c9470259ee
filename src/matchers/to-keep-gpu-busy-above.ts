import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { exact } from '../format/quantity-text.ts'
import { limitShare, optionsOf } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { statisticOf } from './resource-claim.ts'
import { gpuClaim, gpusOf } from './watched-gpus.ts'

const NAME = 'toKeepGpuBusyAbove'

/**
 * A GPU runs kernels for more than this share of the time: on average over the measured windows, or by its busiest sample or
 * a percentile of the samples (`stat: 'p10'`: in nine of ten). It does not tell how much of the GPU they use. Of every
 * watched GPU unless `of` names one. What was not sampled cannot be judged.
 */
export const toKeepGpuBusyAbove: Matcher = defineMatcher(NAME, (subject, [limitOption, options]) => {
  const { of, stat } = optionsOf(NAME, options, ['of', 'stat'])
  const limit = limitShare(NAME, limitOption)
  if (limit === 1) {
    throw new LoadError('invalid-option', `${NAME}(share): got ${describe(limitOption)}, takes a share under 100 %`)
  }
  const gpus = gpusOf(NAME, subject, of, ['gpu'])
  const limitText = `${exact(limit * 100)} %`
  return gpuClaim(NAME, subject, gpus, 'gpuBusy', () => ({
    limit,
    limitText,
    stat: stat === undefined ? 'mean' : statisticOf(NAME, stat),
    side: 'above',
  }))
})
