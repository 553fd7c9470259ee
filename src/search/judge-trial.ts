/*
 * Whether one trial kept its limits.
 *
 * Percentiles are point estimates among all requests, those without a good answer ranking as +infinity; what a single
 * short trial cannot say, the confirming ones must. Above all limits the load must have been sustained:
 *  - at least 99 % of the arrivals were good (or as many as an `errorRate` above 1 % leaves);
 *  - arrivals did not pile up. A rate over what the target serves makes the backlog grow by their difference, however
 *    well the first seconds look: a p99 is fine only because the trial was short. Backlog growth = arrivals less endings
 *    in the window, or the nominal number of arrivals less endings where that is smaller: a target without reserve ends
 *    the same number whatever comes, so that a lucky excess of Poisson arrivals is not held against it. The growth must
 *    stay within 1 % of the arrivals and what the variation of service times makes of it, half the root of their number.
 *    In simulation of a queue without latency limits this finds the knee within 4 % (test/statistical).
 * Assumes: a warm-up that lasts as long as a request under light load does, or the requests that fill the target at the
 * start look like a backlog; what is missing of it is subtracted.
 */
import { EMPTY_DISTRIBUTION, percentile } from '../domain/distribution.ts'
import type { LevelKind, PercentileLimit, SearchLimits, TrialOutcome } from '../domain/capacity.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { requestMetric } from '../domain/metric.ts'
import { goodFraction, infiniteCount, unansweredCount } from '../domain/series-rates.ts'
import type { Validity } from '../domain/validity.ts'
import { exactDuration, formatCount, formatDuration, formatShare } from '../format/quantity-text.ts'
import { estimatePercentile } from '../stats/quantile-interval.ts'

/** What a trial is judged by. */
export interface TrialQuestion {
  readonly by: LevelKind
  /** Arrivals per second or users. */
  readonly level: number
  readonly limits: SearchLimits
  readonly warmupUs: number
  /** Median latency under light load, microseconds; `null` when it is not known yet. */
  readonly lightLatencyUs: number | null
  /** Whether a trial that the generator disturbed is judged all the same. */
  readonly onInvalid: 'fail' | 'warn'
}

/** What a trial shows, in figures. */
export interface TrialRuling {
  readonly outcome: TrialOutcome
  readonly why: string
}

/** One limit with what was measured. */
interface Check {
  readonly kept: boolean
  readonly text: string
}

/** Largest share of arrivals without a good answer, and of arrivals that pile up, of a load that is sustained. */
const LOST_SHARE = 0.01
/** What varying service times may add to a backlog, in roots of the number of arrivals. */
const CHANCE = 0.5

/** Judges one trial. */
export function judgeTrial(series: SeriesData, validity: Validity, question: TrialQuestion): TrialRuling {
  const invalid = validity.findings.filter(({ severity }) => severity === 'invalid')
  if (invalid.length > 0 && (question.onInvalid === 'fail' || series.outcomes.attempted === 0)) {
    return { outcome: 'invalid', why: invalid.map(({ message }) => message).join('; ') }
  }
  const { limits } = question
  const checks = [
    ...limits.percentiles.map((limit) => percentileCheck(series, limit)),
    ...(limits.goodFraction === null ? [] : [goodCheck(series, limits.goodFraction)]),
    errorCheck(series, limits.errorRate),
    ...(question.by === 'rate' ? [backlogCheck(series, question)] : []),
  ]
  const broken = checks.filter(({ kept }) => !kept)
  const shown = broken.length > 0 ? broken : checks
  return { outcome: broken.length > 0 ? 'failed' : 'passed', why: shown.map(({ text }) => text).join(', ') }
}

function percentileCheck(series: SeriesData, { metric, p, limitUs }: PercentileLimit): Check {
  const name = `p${p} ${requestMetric(metric).label}`
  const recorded = series.distributions[metric] ?? EMPTY_DISTRIBUTION
  if (recorded.n === 0 && series.outcomes.good > 0) return { kept: false, text: `no ${name} was measured` }
  const { value } = estimatePercentile(recorded, infiniteCount(series, metric), p)
  const us = value ?? Infinity
  const kept = us < limitUs
  if (us === Infinity) return { kept, text: `${name} falls on requests without a good answer` }
  return { kept, text: `${name} ${formatDuration(us)}${kept ? '' : ` not below ${exactDuration(limitUs)}`}` }
}

function goodCheck(series: SeriesData, least: number): Check {
  const share = goodFraction(series) ?? 0
  const kept = share >= least
  return { kept, text: `${formatShare(share)} within the SLO${kept ? '' : `, under ${formatShare(least)}`}` }
}

function errorCheck(series: SeriesData, errorRate: number | null): Check {
  const { attempted } = series.outcomes
  const share = attempted === 0 ? 1 : unansweredCount(series) / attempted
  const most = errorRate ?? LOST_SHARE
  const kept = share <= most
  return { kept, text: `errors ${formatShare(share)}${kept ? '' : `, over ${formatShare(most)}`}` }
}

function backlogCheck(series: SeriesData, question: TrialQuestion): Check {
  const { attempted } = series.outcomes
  const growth = backlogGrowth(series, question)
  const chance = CHANCE * Math.sqrt(attempted)
  const kept = growth <= LOST_SHARE * attempted + chance
  const text = `${formatCount(growth)} of ${formatCount(attempted)} arrivals piled up`
  return kept ? { kept, text: 'no backlog' } : { kept, text }
}

/** Requests that wait or run at the window's end and did not at its start, less those that filled the target. */
function backlogGrowth(series: SeriesData, question: TrialQuestion): number {
  const { warmupUs, lightLatencyUs } = question
  const { outcomes, events, windowUs, distributions } = series
  const ended = events.completed + events.failed + outcomes.dropped + outcomes.missed
  const latencyUs = lightLatencyUs ?? percentile(distributions.latency ?? EMPTY_DISTRIBUTION, 50) ?? 0
  const filling = windowUs === 0 ? 0 : (outcomes.attempted / windowUs) * Math.max(0, latencyUs - warmupUs)
  return Math.min(outcomes.attempted, (question.level * windowUs) / 1e6) - ended - filling
}
