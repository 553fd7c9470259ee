import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { exact } from '../format/quantity-text.ts'
import { optionsOf } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { resourceClaim, statisticOf } from './resource-claim.ts'
import { watchedOf } from './watched-subject.ts'

const NAME = 'toUseCpuBelow'

/**
 * A number of cores; or percent: of all cores for the host, of one core for a process (`'250%'` is two and a half, as in
 * `top`), of the cores that it may use for a container (its limit, or those of the machine where it has none).
 */
export type CpuLimit = number | `${number}%`

/**
 * The CPU use of the host, of a process and its descendants, or of a container stays below a limit over the measured windows: the highest
 * sample, their mean or a percentile. Needs `monitors` in `load()`. What was not sampled cannot be judged.
 */
export const toUseCpuBelow: Matcher = defineMatcher(NAME, (subject, [limitOption, options]) => {
  const { of, stat } = optionsOf(NAME, options, ['of', 'stat'])
  const statistic = statisticOf(NAME, stat)
  const asked = limitOf(limitOption)
  const watched = watchedOf(NAME, subject, of, ['host', 'process', 'container'])
  if (watched.kind === 'container' && asked.unit === 'percent') {
    const limitText = `${exact(asked.value)} % of ${watched.cores === null ? 'what it may use' : coresText(watched.cores)}`
    const limit = asked.value / 100
    return resourceClaim(NAME, subject, watched, 'cpuLimitShare', { limit, limitText, label: 'CPU', stat: statistic })
  }
  if (watched.kind !== 'host') {
    const limit = asked.unit === 'cores' ? asked.value : asked.value / 100
    const limitText = asked.unit === 'cores' ? coresText(asked.value) : `${exact(asked.value)} % of one core`
    return resourceClaim(NAME, subject, watched, 'cpuCores', { limit, limitText, stat: statistic })
  }
  const cores = watched.cores ?? Number.NaN
  const limit = asked.unit === 'cores' ? asked.value / cores : asked.value / 100
  if (!(limit <= 1)) {
    throw new LoadError(
      'invalid-option',
      `${NAME}(limit): got ${describe(limitOption)}, takes up to '100%' or ${watched.cores ?? 'n/a'} cores of the host: it cannot use more`,
    )
  }
  const limitText =
    asked.unit === 'cores' ? `${coresText(asked.value)} of ${cores}` : `${exact(asked.value)} % of all ${cores} cores`
  return resourceClaim(NAME, subject, watched, 'cpuShare', { limit, limitText, stat: statistic })
})

function coresText(count: number): string {
  return `${exact(count)} ${count === 1 ? 'core' : 'cores'}`
}

function limitOf(limit: unknown): { readonly value: number; readonly unit: 'cores' | 'percent' } {
  const percent = typeof limit === 'string' ? /^\s*(\d+(?:\.\d+)?|\.\d+)\s*%\s*$/.exec(limit)?.[1] : undefined
  const value = typeof limit === 'number' ? limit : Number(percent)
  if (Number.isFinite(value) && value > 0) return { value, unit: typeof limit === 'number' ? 'cores' : 'percent' }
  throw new LoadError(
    'invalid-option',
    `${NAME}(limit): got ${describe(limit)}, takes a share above 0 such as '80%', or a number of cores such as 1.5`,
  )
}
