import type { MetricComparison } from '../domain/comparison.ts'
import type { RecordedMetric } from '../domain/history.ts'
import type { Look } from '../domain/look.ts'
import {
  LOAD_METRICS,
  REQUEST_METRICS,
  type LoadMetricId,
  type RecordedMetricId,
  type RequestMetricId,
} from '../domain/metric.ts'
import type { ComparisonVerdict } from '../domain/verdict.ts'
import { holmLevels } from '../stats/multiplicity.ts'
import { normalQuantile } from '../stats/normal.ts'
import type { Effect } from './effect.ts'

/** One metric that takes part in a verdict. */
export interface Candidate {
  readonly metric: RecordedMetricId
  readonly current: RecordedMetric
  /** `null` when there is no interval to judge by. */
  readonly effect: Effect | null
  /** What the reference amounts to where `effect` is `null`. */
  readonly reference: number
  /** The direction in which it gets better. */
  readonly better: 'lower' | 'higher'
  /** Its own margin; `null` for that of all. */
  readonly margin: number | null
  /** The load itself limits the metric, so that only a fall means anything. */
  readonly gatesOnlyWorse: boolean
}

/** Where a difference starts to matter, and how sure a verdict must be. */
export interface Gate {
  /** Relative change. */
  readonly margin: number
  /** Change of a share in points, as a share. */
  readonly shareMargin: number
  /** Chance of any false REGRESSED (and of any false IMPROVED) over all metrics. */
  readonly alpha: number
  /** Of several looks planned before: each has its part of all error rates. */
  readonly look?: Look | undefined
}

/** Confidence of "no worse than the margin": every metric must show it, so that no correction is needed. */
const OK_ALPHA = 0.05
/** Chance of missing an effect of the estimated size after the runs that `runsNeeded` asks for. */
const MISS = 0.2
const FEWEST_RUNS = 5

/**
 * Judges metrics together.
 *  - REGRESSED: the lower bound (Holm over all metrics) is above 0 and the estimate reaches the margin.
 *  - IMPROVED: the mirror image.
 *  - OK: the 95 % upper bound is below the margin. For shares also when the run had not one error.
 *  - INCONCLUSIVE: otherwise.
 */
export function judgeEffects(candidates: readonly Candidate[], gate: Gate): readonly MetricComparison[] {
  const shares = candidates.map(({ effect }) => (gate.look === undefined ? 1 : lookShare(effect)))
  const levels = (p: (effect: Effect) => number): readonly number[] =>
    holmLevels(
      candidates.map(({ effect }, i) => (effect === null ? 1 : Math.min(1, p(effect) / shares[i]!))),
      gate.alpha,
    ).map((level, i) => level * shares[i]!)
  const worse = levels(({ pWorse }) => pWorse)
  const better = levels(({ pBetter }) => pBetter)
  return candidates.map((candidate, i) =>
    judge(candidate, gate, { worse: worse[i]!, better: better[i]!, ok: shares[i]! * OK_ALPHA }),
  )
}

function judge(
  candidate: Candidate,
  gate: Gate,
  alpha: { readonly worse: number; readonly better: number; readonly ok: number },
): MetricComparison {
  const { metric, current, effect } = candidate
  if (effect === null) {
    return {
      metric,
      verdict: 'INCONCLUSIVE',
      current: current.value,
      reference: candidate.reference,
      change: current.value / candidate.reference - 1,
      changeInterval: null,
      detectable: null,
      runsNeeded: null,
    }
  }
  const { estimate } = effect
  const margin = isShare(metric) ? (candidate.margin ?? gate.shareMargin) : Math.log1p(candidate.margin ?? gate.margin)
  const lower = effect.bound('lower', alpha.worse)
  const shown = effect.interval ?? [effect.bound('lower', OK_ALPHA), effect.bound('upper', OK_ALPHA)]
  const noWorse = effect.noWorseBound?.(alpha.ok) ?? effect.bound('upper', alpha.ok)
  const verdict: ComparisonVerdict =
    lower > 0 && estimate >= margin
      ? 'REGRESSED'
      : effect.bound('upper', alpha.better) < 0 && estimate <= -margin
        ? candidate.gatesOnlyWorse
          ? 'OK'
          : 'IMPROVED'
        : noWorse < margin || (isShare(metric) && current.value === 0)
          ? 'OK'
          : 'INCONCLUSIVE'
  const ends = shown.map((end) => changeOf(candidate, end))
  const reach = Math.max(margin, estimate - lower)
  return {
    metric,
    verdict,
    current: current.value,
    reference: effect.reference,
    change: changeOf(candidate, estimate),
    changeInterval: [Math.min(...ends), Math.max(...ends)],
    // Too few runs to reject anything find no effect, however large.
    detectable: reach === Infinity ? null : Math.abs(changeOf(candidate, reach)),
    runsNeeded: verdict === 'INCONCLUSIVE' && !isShare(metric) ? runsNeeded(effect, margin, alpha.worse) : null,
    pWorse: effect.pWorse,
    ...(verdict === 'INCONCLUSIVE' ? { reachable: reachable(effect, margin, alpha) } : {}),
  }
}

/**
 * Part of each error rate at which one of three looks is judged. Where each look adds as much that is new as the first had,
 * three of them at 0.4 of 1 % (of 5 %) come to 0.96 % (4.4 %) together (Pocock, Biometrika 64, 1977). Noise that the runs of
 * a job share is counted in full at every look, though later ones have less of it or the same again: there 0.8 does.
 */
function lookShare(effect: Effect | null): number {
  return 0.4 * (1 + (effect?.sharedVariance ?? 0))
}

/** Verdicts that more runs in the same job may come to: those that noise between jobs alone does not rule out. */
function reachable(
  effect: Effect,
  margin: number,
  alpha: { readonly worse: number; readonly ok: number },
): NonNullable<MetricComparison['reachable']> {
  const leastReach = (level: number): number => effect.leastReach?.(level) ?? 0
  return [
    ...(leastReach(alpha.ok) < margin ? (['OK'] as const) : []),
    ...(Math.max(margin, leastReach(alpha.worse)) < effect.estimate ? (['REGRESSED'] as const) : []),
  ]
}

/**
 * Further runs of each side until an effect as large as the estimate, or the margin if that is larger, is found with
 * 80 % power: n = 2 ((z_alpha + z_beta) sd / effect)^2, at least 5, less those at hand.
 */
function runsNeeded({ estimate, runSd, runs = 1 }: Effect, margin: number, alpha: number): number {
  const z = normalQuantile(1 - alpha) + normalQuantile(1 - MISS)
  const needed = Math.max(FEWEST_RUNS, Math.ceil(2 * ((z * runSd) / Math.max(Math.abs(estimate), margin)) ** 2))
  return Math.max(1, needed - runs)
}

/** Worsening on the effect's scale -> change in the metric's own direction; a difference for shares. */
function changeOf({ metric, better }: Candidate, worsening: number): number {
  if (isShare(metric)) return worsening
  return Math.expm1(better === 'lower' ? worsening : -worsening)
}

/** Whether a metric is a share of requests, which may be 0 and is compared by difference. */
export function isShare(metric: RecordedMetricId): boolean {
  return LOAD_METRICS[metric as LoadMetricId]?.unit === 'share'
}

/** The direction in which a recorded metric gets better. */
export function betterWay(metric: RecordedMetricId): 'lower' | 'higher' {
  const ofLoad = LOAD_METRICS[metric as LoadMetricId]
  return (ofLoad ?? REQUEST_METRICS[metric.split('.')[0] as RequestMetricId]).better
}
