import { EMPTY_DISTRIBUTION, type Distribution } from '../domain/distribution.ts'
import { requestMetric, type DistributionId } from '../domain/metric.ts'
import { infiniteCount, unansweredCount } from '../domain/series-rates.ts'
import {
  exact,
  exactDuration,
  formatCount,
  formatDuration,
  formatInterval,
  formatMetric,
  formatShare,
  significant,
} from '../format/quantity-text.ts'
import { estimatePercentile, requestsForBound, type PercentileEstimate } from '../stats/quantile-interval.ts'
import { claimTexts, unknown, type Claim, type Judged, type Ruling } from './claim.ts'
import { frequentError, slowestStage } from './explanation.ts'
import { statisticText, type Subject } from './subject.ts'

/** The claim that percentile `p` of a duration stays below a limit; failed, dropped and missed requests count as +infinity. */
export function percentileClaim(subject: Subject, metric: DistributionId, p: number, limit: number): Claim {
  const { label, unit, scale } = requestMetric(metric)
  return {
    ...claimTexts(
      statisticText(subject, `p${p}`, metric),
      `below ${unit === 'ratio' ? exact(limit / scale) : exactDuration(limit)}${unit === 'us/token' ? '/token' : ''}`,
    ),
    judge: () => {
      const { outcomes, distributions } = subject.series
      if (outcomes.attempted === 0) return noRequests(subject)
      const recorded = distributions[metric] ?? EMPTY_DISTRIBUTION
      // Without one good answer latency is known all the same: it is infinite. Of other metrics nothing is known.
      if (recorded.n === 0 && (outcomes.good > 0 || metric !== 'latency')) {
        return unknown(`no ${label} was measured${subject.of}`, absenceAdvice(subject, metric))
      }
      return rule(subject, metric, p, limit, recorded)
    },
  }
}

/** Nothing was asked of the target, so nothing can be said about it. */
export function noRequests(subject: Subject): Ruling {
  return unknown(
    `no request was scheduled${subject.of} inside the measured window`,
    'make the load longer, or its rate or users higher',
  )
}

function rule(subject: Subject, metric: DistributionId, p: number, limit: number, values: Distribution): Judged {
  const { point, bounds } = estimates(subject, metric, values, p)
  const value = point.value ?? Infinity
  const holds = value < limit
  const show = shown(metric)
  return {
    outcome: holds ? 'holds' : 'denied',
    measured: measuredText(subject, metric, value, bounds, values.n),
    distance: distanceText(value, limit, show),
    weakness: holds ? weakPass(bounds, p, limit, show) : weakDenial(bounds, limit),
    details: [...(value === Infinity ? [lostText(subject, p)] : slowestStage(subject)), ...frequentError(subject)],
  }
}

/**
 * Gaps between chunks, and round trips of a WebSocket, are many per request and alike within one: the value comes from all
 * of them, its bounds from as many independent values as there were requests. A lost request weighs as many infinite gaps as a good one has.
 */
function estimates(
  subject: Subject,
  metric: DistributionId,
  values: Distribution,
  p: number,
): {
  readonly point: PercentileEstimate
  readonly bounds: PercentileEstimate
} {
  const lost = infiniteCount(subject.series, metric)
  const { attempted, good } = subject.series.outcomes
  if (!comesOften(metric) || good === 0 || values.n <= good) {
    // Every request has a latency: one without would be a hole in the numbers, and counts as infinite too.
    const infinite = metric === 'latency' ? Math.max(lost, attempted - values.n) : lost
    const estimate = estimatePercentile(values, infinite, p)
    return { point: estimate, bounds: estimate }
  }
  const perRequest = values.n / good
  const thinned = { ...values, counts: values.counts.map((count) => count / perRequest), n: good }
  return {
    point: estimatePercentile(values, Math.ceil(lost * perRequest), p),
    bounds: estimatePercentile(thinned, lost, p),
  }
}

function weakPass(
  { upperBound, n }: PercentileEstimate,
  p: number,
  limit: number,
  show: (value: number) => string,
): string | null {
  if (upperBound === null) {
    return `n = ${formatCount(n)} is too small for p${p}: its 95 % upper bound exists from n = ${formatCount(requestsForBound(p))} on`
  }
  if (upperBound < limit) return null
  return `the 95 % upper bound ${show(upperBound)} is not below the limit: a longer load narrows it`
}

function weakDenial({ interval, n }: PercentileEstimate, limit: number): string | null {
  if (interval === null)
    return `n = ${formatCount(n)} is too small for an interval: a longer load could decide otherwise`
  return interval[0] < limit ? 'the interval straddles the limit: a longer load could decide otherwise' : null
}

function measuredText(
  subject: Subject,
  metric: DistributionId,
  value: number,
  { interval, n }: PercentileEstimate,
  recorded: number,
): string {
  const lost = unansweredCount(subject.series)
  const { good } = subject.series.outcomes
  const { unit, scale } = requestMetric(metric)
  return [
    [formatMetric(unit, value / scale), formatInterval(interval, shown(metric))].filter(Boolean).join(' '),
    `n = ${formatCount(n)}${manyText(metric, recorded, good)}`,
    ...(lost === 0 ? [] : [`${formatCount(lost)} of them failed, dropped or missed`]),
    ...(recorded < good ? [`${formatCount(good - recorded)} good answers without it left out`] : []),
  ].join(', ')
}

/** What a request may have several values of. */
function comesOften(metric: DistributionId): boolean {
  return metric === 'interChunkLatency' || metric.startsWith('stage:')
}

function manyText(metric: DistributionId, recorded: number, good: number): string {
  if (metric === 'interChunkLatency') return ` requests (${formatCount(recorded)} gaps)`
  return comesOften(metric) && recorded > good ? ` requests (${formatCount(recorded)} values)` : ''
}

/** A recorded value as texts show it: durations, but ratios. */
function shown(metric: DistributionId): (value: number) => string {
  const { unit, scale } = requestMetric(metric)
  return unit === 'ratio' ? (value) => significant(value / scale) : formatDuration
}

/** How far a value is from its limit: `120 ms (8 %) over`. */
export function distanceText(value: number, limit: number, show: (value: number) => string = formatDuration): string {
  if (value === Infinity) return 'infinitely over'
  const off = Math.abs(value - limit)
  if (off === 0) return 'exactly at the limit, which is not below it'
  return `${show(off)} (${formatShare(off / limit)}) ${value < limit ? 'under' : 'over'}`
}

function lostText(subject: Subject, p: number): string {
  const share = formatShare(unansweredCount(subject.series) / subject.series.outcomes.attempted)
  return `${share} of the requests have no answer and rank as infinitely slow: p${p} falls on them`
}

function absenceAdvice(subject: Subject, metric: DistributionId): string {
  if (subject.series.outcomes.good === 0) return ['no request had a good answer', ...frequentError(subject)].join('; ')
  if (metric.startsWith('stage:'))
    return 'every answer must tell it, in a Server-Timing header or where the option stages looks'
  if (metric === 'tpot') return 'it needs streamed answers of more than one token with a known token count'
  if (metric === 'realTimeFactor')
    return 'it needs speech() or transcription() with audio in WAV, MP3, Opus in Ogg, or declared PCM'
  if (metric === 'timeToFirstAudio' || metric === 'stutter')
    return 'only answers to speech() have it, in WAV, MP3, Opus in Ogg, or declared PCM'
  return 'only streamed answers have it: set stream: true in the scenario'
}
