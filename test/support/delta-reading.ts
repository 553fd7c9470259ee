import { type Distribution, mergeDistributions } from '../../src/domain/distribution.ts'
import { addOutcomes, NO_OUTCOMES, type OutcomeCounts } from '../../src/domain/measurement.ts'
import type { DistributionId } from '../../src/domain/metric.ts'
import type { GeneratorDelta, SeriesDelta } from '../../src/pool/protocol.ts'

/** Series of one window. */
export const ofWindow = (
  deltas: readonly GeneratorDelta[],
  window: number,
  level: SeriesDelta['level'] = 'iteration',
): SeriesDelta[] =>
  deltas.flatMap(({ series }) => series).filter((series) => series.window === window && series.level === level)

/** Outcomes of one window. */
export const outcomes = (deltas: readonly GeneratorDelta[], window = 0, level?: SeriesDelta['level']): OutcomeCounts =>
  ofWindow(deltas, window, level)
    .map((series) => series.outcomes)
    .reduce(addOutcomes, NO_OUTCOMES)

/** A distribution of the first window. */
export const distribution = (
  deltas: readonly GeneratorDelta[],
  id: DistributionId,
  level?: SeriesDelta['level'],
): Distribution =>
  mergeDistributions(ofWindow(deltas, 0, level).flatMap(({ distributions }) => distributions[id] ?? []))

/** Events in one window. */
export const events = (
  deltas: readonly GeneratorDelta[],
  window: number,
  level: SeriesDelta['level'] = 'iteration',
): Record<string, number> => {
  const buckets = deltas
    .flatMap((delta) => delta.buckets)
    .filter((bucket) => bucket.window === window && bucket.level === level)
  const total = (key: 'sent' | 'completed' | 'failed' | 'outputTokens' | 'inputTokens' | 'bytesReceived'): number =>
    buckets.reduce((sum, bucket) => sum + bucket[key], 0)
  return {
    sent: total('sent'),
    completed: total('completed'),
    failed: total('failed'),
    outputTokens: total('outputTokens'),
    inputTokens: total('inputTokens'),
    bytesReceived: total('bytesReceived'),
  }
}
