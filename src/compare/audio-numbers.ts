import { type Distribution, percentile } from '../domain/distribution.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { REQUEST_METRICS, type RequestMetricId } from '../domain/metric.ts'
import type { AudioNumbers, PercentileSummary } from '../domain/perf-meta.ts'
import { audioSecondsPerSecond, charactersPerSecond } from '../domain/series-rates.ts'
import { percentileSummary } from './percentile-summary.ts'

/** What a series says of audio; `null` when it is about none. */
export function audioNumbers(series: SeriesData): AudioNumbers | null {
  const { distributions } = series
  const { stutter, wordErrors, referenceWords } = distributions
  const numbers = {
    charactersPerSecond: charactersPerSecond(series),
    audioSecondsPerSecond: audioSecondsPerSecond(series),
    realTimeFactor: summary('realTimeFactor', distributions.realTimeFactor),
    timeToFirstAudio: summary('timeToFirstAudio', distributions.timeToFirstAudio),
    stutter:
      stutter === undefined
        ? null
        : { n: stutter.n, smooth: atZero(stutter), p95: percentile(stutter, 95), max: stutter.max },
    words:
      wordErrors === undefined || !referenceWords?.sum
        ? null
        : { errors: wordErrors.sum, reference: referenceWords.sum },
  }
  return Object.values(numbers).every((value) => value === null) ? null : numbers
}

function summary(id: RequestMetricId, values: Distribution | undefined): PercentileSummary | null {
  return percentileSummary(values, REQUEST_METRICS[id].scale)
}

function atZero({ values, counts }: Distribution): number {
  return values[0] === 0 ? counts[0]! : 0
}
