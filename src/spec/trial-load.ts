import type { LevelKind, TrialSummary } from '../domain/capacity.ts'
import { percentile } from '../domain/distribution.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import { errorRate, qps } from '../domain/series-rates.ts'
import type { LoadOptions } from '../plan/load-options.ts'
import type { SearchQuestion } from '../plan/search-options.ts'
import type { LoadSession } from './load-session.ts'

/** What a search needs of its test's loads. */
export type SearchSession = Pick<LoadSession, 'attempt' | 'keep' | 'once' | 'beginSearch' | 'signal'>

/** What starting and ending the generators takes, beside the load itself. */
export const TRIAL_OVERHEAD_US = 0.5e6

/** The options of one load of a search. */
export function trialLoad(
  { by, passedOn, arrivals, seed, label }: SearchQuestion,
  trial: {
    readonly level: number
    readonly index: number
    readonly windowUs: number
    readonly warmupUs: number
    readonly gracefulStopUs: number
  },
): LoadOptions {
  const { maxUsers, thinkTime, ...common } = passedOn
  const shared = {
    ...common,
    label,
    gracefulStop: trial.gracefulStopUs / 1e3,
    warmup: trial.warmupUs / 1e3,
    duration: trial.windowUs / 1e3,
    // Replicates are to differ in what chance does.
    seed: seed + trial.index,
  }
  return by === 'rate'
    ? { ...shared, rate: trial.level, arrivals, ...(maxUsers === undefined ? {} : { maxUsers }) }
    : { ...shared, users: trial.level, ...(thinkTime === undefined ? {} : { thinkTime }) }
}

/** One load of a search in numbers, beside its judgement. */
export function trialFigures({
  series,
}: Pick<MeasurementData, 'series'>): Omit<TrialSummary, 'level' | 'confirming' | 'outcome' | 'why'> {
  const { latency } = series.distributions
  return {
    windowUs: series.windowUs,
    attempted: series.outcomes.attempted,
    qps: qps(series),
    latencyP50Us: latency === undefined ? null : percentile(latency, 50),
    latencyP99Us: latency === undefined ? null : percentile(latency, 99),
    errorRate: errorRate(series),
  }
}

/** A level as rate or users, whichever it is. */
export function levelFields(
  by: LevelKind,
  level: number,
): { readonly rate: number | null; readonly users: number | null } {
  return by === 'rate' ? { rate: level, users: null } : { rate: null, users: level }
}
