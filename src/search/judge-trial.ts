/*
 * Whether one trial kept its limits.
 *
 * Percentiles are point estimates among all requests, those without a good answer ranking as +infinity; what a single
 * short trial cannot say, the confirming ones must. Above all limits the load must have been sustained:
 *  - at least 99 % of the arrivals were good (or as many as an `errorRate` above 1 % leaves);
 *  - arrivals did not pile up (backlog.ts).
 */
import { EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import type { LevelKind, PercentileLimit, SearchLimits, TrialOutcome } from '../domain/capacity.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { requestMetric } from '../domain/metric.ts'
import { goodFraction, infiniteCount, unansweredCount } from '../domain/series-rates.ts'
import type { Validity } from '../domain/validity.ts'
import { exactDuration, formatDuration, formatShare } from '../format/quantity-text.ts'
import { estimatePercentile } from '../stats/quantile-interval.ts'
import { type BacklogQuestion, backlogOf } from './backlog.ts'

/** What a trial is judged by. */
export interface TrialQuestion extends BacklogQuestion {
  readonly by: LevelKind
  readonly limits: SearchLimits
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

/** Largest share of arrivals without a good answer of a load that is sustained. */
const LOST_SHARE = 0.01
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
  const { pilesUp, text } = backlogOf(series, question)
  return { kept: !pilesUp, text }
}
