import { LoadError } from '../domain/load-error.ts'
import { describe, requireBytes, shareOf } from '../domain/quantity.ts'
import { exact, formatBytes } from '../format/quantity-text.ts'
import { optionsOf, sizeText } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { type ResourceLimit, statisticOf } from './resource-claim.ts'
import { gpuClaim, gpusOf } from './watched-gpus.ts'

const NAME = 'toUseGpuMemoryBelow'

/**
 * The memory that programs hold on a GPU stays below a size, or below a share of the GPU's own memory: of every watched GPU
 * unless `of` names one, or a watched process, whose memory on the watched GPUs is meant. Its negation holds when every GPU
 * is over. What was not sampled cannot be judged.
 */
export const toUseGpuMemoryBelow: Matcher = defineMatcher(NAME, (subject, [limitOption, options]) => {
  const { of, stat: asked } = optionsOf(NAME, options, ['of', 'stat'])
  const stat = statisticOf(NAME, asked)
  const share = typeof limitOption === 'string' ? shareOf(limitOption) : null
  const size = share === null ? requireBytes(`${NAME}(limit)`, limitOption) : null
  if (share === 0 || size === 0) {
    throw new LoadError('invalid-option', `${NAME}(limit): got ${describe(limitOption)}, takes a size above 0`)
  }
  const gpus = gpusOf(NAME, subject, of, ['gpu', 'process'])
  if (share !== null && gpus[0].kind === 'process') {
    throw new LoadError(
      'invalid-option',
      `${NAME}(limit): got ${describe(limitOption)}, takes a size such as '7.5GB' for a process, which may use several GPUs`,
    )
  }
  return gpuClaim(NAME, subject, gpus, 'gpuMemory', ({ memoryBytes }): ResourceLimit => {
    if (size !== null) return { limit: size, limitText: sizeText(limitOption, size), stat }
    // Where its size is not known, nothing is known of its memory: then the claim is not judged.
    const whole = memoryBytes === null ? 'its memory' : formatBytes(memoryBytes)
    return { limit: share! * (memoryBytes ?? Number.NaN), limitText: `${exact(share! * 100)} % of ${whole}`, stat }
  })
})
