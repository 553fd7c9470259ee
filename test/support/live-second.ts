import { EMPTY_DISTRIBUTION } from '../../src/domain/distribution.ts'
import { NO_OUTCOMES, type OutcomeCounts } from '../../src/domain/measurement.ts'
import { IntervalHistogram } from '../../src/generator/interval-histogram.ts'
import type { LiveSecond } from '../../src/measure/live-seconds.ts'

/** A second of a load whose good answers took these microseconds; other outcomes beside them. */
export function liveSecond(
  second: number,
  latenciesUs: readonly number[],
  {
    outcomes = {},
    ...rest
  }: Partial<Omit<LiveSecond, 'outcomes'>> & {
    readonly outcomes?: Partial<Omit<OutcomeCounts, 'attempted' | 'good'>>
  } = {},
): LiveSecond {
  const histogram = new IntervalHistogram()
  for (const us of latenciesUs) histogram.record(Math.round(us))
  const others = { ...NO_OUTCOMES, ...outcomes }
  const failed = Object.values(others.failedByKind).reduce((total, count) => total + count, 0)
  const good = latenciesUs.length
  return {
    second,
    outcomes: { ...others, good, attempted: good + failed + others.dropped + others.missed },
    latency: histogram.drain() ?? EMPTY_DISTRIBUTION,
    bytesReceived: good * 100,
    backlog: 0,
    ...rest,
  }
}
