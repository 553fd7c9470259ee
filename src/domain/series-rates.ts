import { type SeriesData, failedCount } from './measurement.ts'
import type { DistributionId } from './metric.ts'

/*
 * Rates and shares of one series, each with its formula. Events are credited to the window in which they fell, outcomes
 * to the window in which the request was scheduled. `null` where the window is empty: never 0 for "unknown".
 */

/** Good completions / window; 1/s. */
export function qps(series: SeriesData): number | null {
  return perSecond(series, series.events.completed)
}

/** Requests whose first byte was sent / window; 1/s. */
export function achievedRate(series: SeriesData): number | null {
  return perSecond(series, series.events.sent)
}

/** Tokens of good requests that arrived in the window / window; 1/s. `null` when no answer carried tokens. */
export function outputTokensPerSecond(series: SeriesData): number | null {
  return hasTokens(series) ? perSecond(series, series.events.outputTokens) : null
}

/** Output tokens at their arrival and prompt tokens at completion / window; 1/s. `null` when no answer carried tokens. */
export function totalTokensPerSecond(series: SeriesData): number | null {
  const { events, distributions } = series
  const known = hasTokens(series) || (distributions.inputTokens?.n ?? 0) > 0
  return known ? perSecond(series, events.outputTokens + events.inputTokens) : null
}

/** Characters of spoken texts at completion / window; 1/s. `null` when no request had any. */
export function charactersPerSecond(series: SeriesData): number | null {
  const { events, distributions } = series
  return events.inputChars > 0 || (distributions.inputChars?.n ?? 0) > 0 ? perSecond(series, events.inputChars) : null
}

/** Seconds of audio produced or sent, at completion / window. `null` when no request had any. */
export function audioSecondsPerSecond(series: SeriesData): number | null {
  const { events, distributions } = series
  return events.audioUs > 0 || (distributions.audioDuration?.n ?? 0) > 0
    ? perSecond(series, events.audioUs / 1e6)
    : null
}

/** Bytes of response bodies / window; bytes/s. */
export function bytesPerSecond(series: SeriesData): number | null {
  return perSecond(series, series.events.bytesReceived)
}

/** Good completions that met every limit of the SLO / window; 1/s. `null` without an SLO. */
export function goodput(series: SeriesData): number | null {
  return series.outcomes.withinSlo === null ? null : perSecond(series, series.events.completedWithinSlo)
}

/**
 * Tokens of good completions that met every limit of the SLO, at their arrival / window; 1/s. `null` without an SLO and
 * when no answer carried tokens.
 */
export function tokenGoodput(series: SeriesData): number | null {
  if (series.outcomes.withinSlo === null || !hasTokens(series)) return null
  return perSecond(series, series.events.outputTokensWithinSlo)
}

/** Requests that met every limit of the SLO / attempted; share. `null` without an SLO. */
export function goodFraction(series: SeriesData): number | null {
  const { withinSlo, attempted } = series.outcomes
  return withinSlo === null || attempted === 0 ? null : withinSlo / attempted
}

/** (failed + dropped + missed) / attempted; share. */
export function errorRate(series: SeriesData): number | null {
  const { attempted } = series.outcomes
  return attempted === 0 ? null : unansweredCount(series) / attempted
}

/** Attempted requests without a good answer: failed, dropped and missed. */
export function unansweredCount(series: SeriesData): number {
  return failedCount(series.outcomes) + series.outcomes.dropped + series.outcomes.missed
}

/** Durations of a request that a request without a good answer has not, so that it ranks as +infinity. */
const RANKS_FAILURES: ReadonlySet<DistributionId> = new Set<DistributionId>([
  'latency',
  'serviceTime',
  'ttft',
  'ttftFromSent',
  'ttfo',
  'tpot',
  'interChunkLatency',
  'realTimeFactor',
  'timeToFirstAudio',
  'stutter',
])

/** How many requests rank as +infinity in a percentile of this distribution. */
export function infiniteCount(series: SeriesData, id: DistributionId): number {
  return RANKS_FAILURES.has(id) || id.startsWith('stage:') ? unansweredCount(series) : 0
}

function hasTokens(series: SeriesData): boolean {
  return series.events.outputTokens > 0 || (series.distributions.outputTokens?.n ?? 0) > 0
}

function perSecond(series: SeriesData, count: number): number | null {
  return series.windowUs > 0 ? (count * 1e6) / series.windowUs : null
}
