/*
 * How far a metric lies from its reference, signed so that positive is worse.
 *
 * Values above zero (durations, rates) are compared by logarithms:
 *   variance = run-to-run cv^2 (1 + 1/n) + sampling variance of this run + mean sampling variance of the reference / n
 * with n reference runs; Student's t with Satterthwaite's degrees of freedom, because only the run-to-run part is
 * estimated from few runs. Shares (error rate) are compared by difference with Newcombe's interval, for they are often 0;
 * the counts are divided by the overdispersion between the reference runs (Pearson's chi-square / df, at least 1),
 * because errors come in bursts.
 */
import type { RecordedMetric } from '../domain/history.ts'
import { normalCdf, normalQuantile } from '../stats/normal.ts'
import { bisect } from '../stats/bisect.ts'
import { shareDifference } from '../stats/proportion.ts'
import { median, winsorise } from '../stats/robust.ts'
import { studentTCritical, studentTUpperTail } from '../stats/student-t.ts'
import { type RunNoise, RUNS_TO_MEASURE, runNoise } from './run-noise.ts'

export interface Effect {
  /** Log ratio or difference of shares; positive is worse. */
  readonly estimate: number
  /** What the reference runs amount to, in the metric's own unit. */
  readonly reference: number
  /** One-sided p values against "no worse" and "no better". */
  readonly pWorse: number
  readonly pBetter: number
  /** Bound of the estimate that holds but with probability `alpha`, below and above it. */
  bound(side: 'lower' | 'upper', alpha: number): number
  /** Upper bound that "no worse than the margin" rests on, where it is another one than `bound` gives. */
  noWorseBound?(alpha: number): number
  /** The interval that is shown, where it is another one than `bound` gives; a verdict on a difference asks it too. */
  readonly interval?: readonly [number, number]
  /** Part of the variance that all runs of one job have in common, 0 to 1. @default 0 */
  readonly sharedVariance?: number
  /**
   * Width of a one-sided bound that more runs in the same job leave: noise between jobs alone. Absent where they leave
   * none.
   */
  leastReach?(alpha: number): number
  /** `null` for shares, which are not compared by run-to-run noise. */
  readonly noise: RunNoise | null
  /** Runs of each side that took part. @default 1 */
  readonly runs?: number
  /** Standard deviation of one run's value on the scale of the estimate: run to run and sampling together. */
  readonly runSd: number
}

/** Half the width of a 95 % interval in standard errors. */
const INTERVAL_Z = normalQuantile(0.975)

/** Effect on a value above zero; `null` without reference runs or without an interval on either side. */
export function logEffect(
  current: RecordedMetric,
  references: readonly RecordedMetric[],
  better: 'lower' | 'higher',
  assumedCv: number,
): Effect | null {
  const ownVariance = samplingVariance(current)
  const known = references.filter(({ value }) => value > 0)
  const variances = known.flatMap((reference) => samplingVariance(reference) ?? [])
  if (ownVariance === null || variances.length === 0) return null
  const logs = known.map(({ value }) => Math.log(value))
  const n = logs.length
  // A few runs have no scale to winsorise by; the median is the robust middle of them.
  const centre = n < RUNS_TO_MEASURE ? median(logs) : average(winsorise(logs))
  const noise = runNoise(logs, average(variances), assumedCv)
  const ofRuns = noise.cv ** 2 * (1 + 1 / n)
  const variance = ofRuns + ownVariance + average(variances) / n
  const se = Math.sqrt(variance)
  const df = ofRuns === 0 ? Infinity : noise.df * (variance / ofRuns) ** 2
  const estimate = (better === 'lower' ? 1 : -1) * (Math.log(current.value) - centre)
  return {
    estimate,
    reference: Math.exp(centre),
    pWorse: studentTUpperTail(estimate / se, df),
    pBetter: studentTUpperTail(-estimate / se, df),
    bound: (side, alpha) => estimate + (side === 'lower' ? -1 : 1) * studentTCritical(alpha, df) * se,
    sharedVariance: variance === 0 ? 0 : ofRuns / variance,
    leastReach: (alpha) => studentTCritical(alpha, noise.df) * Math.sqrt(ofRuns),
    noise,
    runSd: Math.hypot(noise.cv, Math.sqrt(ownVariance)),
  }
}

/** Effect on a share where lower is better; `null` without reference runs. */
export function shareEffect(current: RecordedMetric, references: readonly RecordedMetric[]): Effect | null {
  const n = references.reduce((sum, reference) => sum + reference.n, 0)
  if (n === 0 || current.n === 0) return null
  const events = references.reduce((sum, reference) => sum + reference.value * reference.n, 0)
  const share = events / n
  const dispersion = overdispersion(references, share)
  const difference = (z: number): readonly [number, number] =>
    shareDifference(
      events / dispersion,
      n / dispersion,
      (current.value * current.n) / dispersion,
      current.n / dispersion,
      z,
    )
  const widest = 40
  const pBeyond = (clear: (interval: readonly [number, number]) => boolean): number =>
    // The z at which the interval first touches 0: 1 - its confidence is the p value.
    clear(difference(0)) ? normalCdf(-bisect(0, widest, (z) => !clear(difference(z)))) : 0.5
  return {
    estimate: current.value - share,
    reference: share,
    pWorse: pBeyond(([lower]) => lower > 0),
    pBetter: pBeyond(([, upper]) => upper < 0),
    bound: (side, alpha) => difference(normalQuantile(1 - alpha))[side === 'lower' ? 0 : 1],
    noise: null,
    runSd: Math.sqrt((dispersion * current.value * (1 - current.value)) / current.n),
  }
}

/** Variance of a value's logarithm within its run, from its 95 % interval; `null` without one. */
function samplingVariance({ value, lower, upper }: RecordedMetric): number | null {
  if (!(value > 0) || lower === null || upper === null || !(lower > 0)) return null
  return (Math.log(upper / lower) / (2 * INTERVAL_Z)) ** 2
}

function overdispersion(runs: readonly RecordedMetric[], share: number): number {
  if (runs.length < 2 || share === 0 || share === 1) return 1
  const chiSquare = runs.reduce((sum, { value, n }) => sum + (n * (value - share) ** 2) / (share * (1 - share)), 0)
  return Math.max(1, chiSquare / (runs.length - 1))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
