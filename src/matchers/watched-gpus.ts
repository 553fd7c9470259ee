import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { resourceMetric, type ResourceMetricId, type WatchedData } from '../domain/resource.ts'
import type { Claim } from './claim.ts'
import { everyClaim, resourceClaim, type ResourceLimit } from './resource-claim.ts'
import type { Subject } from './subject.ts'
import { isCalled, notWatched, type WatchedKind } from './watched-subject.ts'

/**
 * The GPUs that a claim is about: those that `of` names, or else every one that is watched. The parts of a partitioned GPU
 * stand for it, unless it is named itself.
 * @param kinds what else may be named
 * @throws LoadError `not-measured` when none was watched, `invalid-option` when it is not clear which is meant
 */
export function gpusOf(
  matcher: string,
  { data: { watched } }: Subject,
  of: unknown,
  kinds: readonly ['gpu', ...WatchedKind[]],
): readonly [WatchedData, ...WatchedData[]] {
  if (of !== undefined && typeof of !== 'string') {
    throw new LoadError('invalid-option', `${matcher}({ of }): got ${describe(of)}, takes a name such as 'gpu 0'`)
  }
  const all = watched.filter(({ kind }) => kinds.includes(kind))
  const gpus = all.filter(({ kind }) => kind === 'gpu')
  const leaves = gpus.filter(({ name }) => !gpus.some(({ gpu }) => gpu?.partOf === name))
  const named = of === undefined || of === 'gpu' ? leaves : all.filter((one) => isCalled(one, of))
  const [first, ...rest] = named
  if (first === undefined) throw notWatched(matcher, of, all, ['gpu'])
  if (rest.length > 0 && first.kind !== 'gpu') {
    const names = all.map(({ name }) => `'${name}'`).join(', ')
    throw new LoadError('invalid-option', `${matcher}({ of }): got ${describe(of)}, takes one of ${names}`)
  }
  return [first, ...rest]
}

/** A claim about one number of GPUs, each with a limit of its own. */
export function gpuClaim(
  matcher: string,
  subject: Subject,
  gpus: readonly [WatchedData, ...WatchedData[]],
  metric: ResourceMetricId,
  limitOf: (gpu: WatchedData) => ResourceLimit,
): Claim {
  const [first, ...rest] = gpus
  if (rest.length === 0) return resourceClaim(matcher, subject, first, metric, limitOf(first))
  const { stat, side = 'below' } = limitOf(first)
  const texts = [...new Set(gpus.map((gpu) => limitOf(gpu).limitText))]
  return everyClaim(
    gpus.map((gpu) => ({ name: gpu.name, claim: resourceClaim(matcher, subject, gpu, metric, limitOf(gpu)) })),
    {
      what: `${stat} ${resourceMetric(metric).label} of every GPU (${gpus.map(({ name }) => name).join(', ')})${subject.of}`,
      relation: `${side} ${texts.join(', ')}`,
    },
  )
}
