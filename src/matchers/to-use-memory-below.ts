import { LoadError } from '../domain/load-error.ts'
import { describe, requireBytes, shareOf, type Share, type Size } from '../domain/quantity.ts'
import { exact, formatBytes } from '../format/quantity-text.ts'
import { optionsOf, sizeText } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { resourceClaim, statisticOf } from './resource-claim.ts'
import { type WatchedKind, watchedOf } from './watched-subject.ts'

const NAME = 'toUseMemoryBelow'

/** A size, or a share of the memory there is as text: `'4GB'`, `'4GiB'`, `'80%'`; a number counts bytes. */
export type MemoryLimit = Size | Extract<Share, string>

/**
 * Memory stays below a limit over the measured windows: of the host what is not available to others, of a process and its
 * descendants the resident memory (RSS; pages that they share count once for each), of a container what `docker stats` shows.
 * Shares are of the machine's memory, of a container's limit where it has one. Needs `monitors` in `load()`. What was
 * not sampled cannot be judged.
 */
export const toUseMemoryBelow: Matcher = defineMatcher(NAME, (subject, [limitOption, options]) => {
  const { of, stat } = optionsOf(NAME, options, ['of', 'stat'])
  const statistic = statisticOf(NAME, stat)
  const share = typeof limitOption === 'string' ? shareOf(limitOption) : null
  const size = share === null ? requireBytes(`${NAME}(limit)`, limitOption) : null
  const watched = watchedOf(NAME, subject, of, ['host', 'process', 'container'])
  if (share === 0 || size === 0) {
    throw new LoadError('invalid-option', `${NAME}(limit): got ${describe(limitOption)}, takes a size above 0`)
  }
  if (size !== null)
    return resourceClaim(NAME, subject, watched, metricOf(watched.kind), {
      limit: size,
      limitText: sizeText(limitOption, size),
      stat: statistic,
    })
  if (watched.kind === 'container') {
    const limitText = `${exact(share! * 100)} % of ${watched.memoryBytes === null ? 'what it may use' : formatBytes(watched.memoryBytes)}`
    return resourceClaim(NAME, subject, watched, 'memoryLimitShare', {
      limit: share!,
      limitText,
      label: 'memory',
      stat: statistic,
    })
  }
  const all = watched.memoryBytes
  if (all === null) {
    throw new LoadError('not-measured', `${NAME}: the memory of the machine is not known: give the limit as a size`)
  }
  return resourceClaim(NAME, subject, watched, metricOf(watched.kind), {
    limit: share! * all,
    limitText: `${exact(share! * 100)} % of ${formatBytes(all)}`,
    stat: statistic,
  })
})

function metricOf(kind: WatchedKind): 'memory' | 'rss' {
  return kind === 'process' ? 'rss' : 'memory'
}
