import type { Comparison, MetricComparison } from '../domain/comparison.ts'
import type { RecordedMetric, RecordedMetrics, Reference } from '../domain/history.ts'
import type { Look } from '../domain/look.ts'
import { hasAskedRate, type LoadPlan } from '../domain/load-plan.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import type { ComparisonVerdict } from '../domain/verdict.ts'
import { logEffect, shareEffect } from './effect.ts'
import { type Candidate, betterWay, isShare, judgeEffects } from './judge-effects.ts'
import { lookNote } from '../format/comparison-text.ts'
import { incomparableNotes, referenceRuns } from './reference-runs.ts'
import { ASSUMED_RUN_CV, RUNS_TO_MEASURE } from './run-noise.ts'

/** How one metric is judged, where it differs from the others. */
export interface MetricGate {
  /** Relative change from which a difference matters; of a share, in points. */
  readonly margin?: number
  /** The direction in which it gets better; not for shares. */
  readonly better?: 'lower' | 'higher'
}

/** How strict a comparison is. */
export interface CompareOptions {
  /** Relative change from which a difference matters. @default 0.05 */
  readonly margin?: number
  /** Change of a share (error rate) from which it matters, in points. @default 0.01 */
  readonly shareMargin?: number
  /** Run-to-run coefficient of variation until five runs have measured it. @default 0.05 */
  readonly assumedRunCv?: number
  /** Chance of a false REGRESSED, over all metrics together. @default 0.01 */
  readonly alpha?: number
  /** The metrics that decide. @default latency p50 and p99, tokens/s or qps, error rate */
  readonly metrics?: readonly RecordedMetricId[]
  /** By metric, what holds for it alone. */
  readonly gates?: Readonly<Partial<Record<RecordedMetricId, MetricGate>>>
  /** The load sets the rate (arrival profiles): throughput can get worse, never better. @default false */
  readonly fixedRate?: boolean
  /** The comparison is one of several looks planned before: each has its part of all error rates. @default the only one */
  readonly look?: Look | undefined
}

/** How a load of this plan is compared. Answers of a search differ in their level, and so in all that follows from it. */
export function compareOptionsOf({ profile, part, look }: LoadPlan): CompareOptions {
  if (part === undefined) return { fixedRate: hasAskedRate(profile), look }
  return { metrics: [part.by === 'rate' ? 'capacity' : 'userCapacity'] }
}

/** Compares a load with its baseline or the runs before it. */
export function compareWithReference(
  metrics: RecordedMetrics,
  reference: Reference,
  options: CompareOptions = {},
): Comparison {
  const found = referenceRuns(reference)
  if (found === null) {
    return {
      verdict: 'INCOMPARABLE',
      metrics: [],
      against: 'nothing',
      runCv: null,
      notes: incomparableNotes(reference),
    }
  }
  const comparison = compareMetrics(metrics, found.runs, options)
  // What an accepted baseline says does not depend on the runs after it.
  const missing = found.ofBaseline ? [] : (reference.missingShards ?? [])
  const settled = comparison.verdict === 'OK' || comparison.verdict === 'IMPROVED'
  return {
    ...comparison,
    verdict: missing.length > 0 && settled ? 'INCONCLUSIVE' : comparison.verdict,
    against: found.against,
    notes: [
      ...missing.map((text) => `${text}: the last level of this spec may be in it`),
      ...found.notes,
      ...comparison.notes,
    ],
  }
}

/** Compares one set of metrics with those of one or more reference runs. */
export function compareMetrics(
  metrics: RecordedMetrics,
  runs: readonly RecordedMetrics[],
  options: CompareOptions,
): Omit<Comparison, 'against'> {
  const {
    margin = 0.05,
    shareMargin = 0.01,
    alpha = 0.01,
    assumedRunCv = ASSUMED_RUN_CV,
    fixedRate = false,
    look,
  } = options
  const gating = options.metrics === undefined ? defaultMetrics(metrics, runs) : { ids: options.metrics, notes: [] }
  const missing = gating.ids.filter((id) => metrics[id] === undefined || ofRuns(runs, id).length === 0)
  const candidates = gating.ids
    .filter((id) => !missing.includes(id))
    .map((id): Candidate => {
      const current = metrics[id]!
      const references = ofRuns(runs, id)
      const { better = betterWay(id), margin } = options.gates?.[id] ?? {}
      return {
        metric: id,
        current,
        effect: isShare(id) ? shareEffect(current, references) : logEffect(current, references, better, assumedRunCv),
        better,
        margin: margin ?? null,
        reference: references.at(-1)!.value,
        gatesOnlyWorse: fixedRate && (id === 'qps' || id === 'outputTokensPerSecond'),
      }
    })
  const judged = judgeEffects(candidates, { margin, shareMargin, alpha, look })
  const verdict = overallVerdict(judged, missing.length > 0)
  const noise = candidates.flatMap(({ effect }) => effect?.noise ?? [])[0] ?? null
  return {
    verdict,
    metrics: judged,
    runCv: noise === null ? null : { value: noise.cv, source: noise.source },
    ...(look === undefined ? {} : { looks: { made: look.index, planned: look.of } }),
    notes: [
      ...(look === undefined ? [] : [lookNote(look)]),
      ...(look === undefined || verdict !== 'INCONCLUSIVE' || isRepeatable({ verdict, metrics: judged })
        ? []
        : ['more runs in this job could not decide: the noise between jobs alone leaves it open']),
      ...gating.notes,
      ...missing.map(
        (id) =>
          `${id} was not recorded ${metrics[id] === undefined ? 'in this run' : 'in the reference'}, or is not finite: requests that failed have no latency`,
      ),
      ...candidates.flatMap(({ metric, effect }) =>
        effect === null ? [`${metric}: too few requests for an interval`] : [],
      ),
      ...(noise?.source === 'assumed'
        ? [
            `run-to-run noise of ${Number((noise.cv * 100).toPrecision(2))} % is assumed; from ${RUNS_TO_MEASURE} comparable runs on it is measured`,
          ]
        : []),
    ],
  }
}

/**
 * Typical latency, its tail, throughput and errors. The tail is p99 where both sides have enough requests for its
 * interval, else p90.
 */
export function defaultMetrics(
  metrics: RecordedMetrics,
  runs: readonly RecordedMetrics[],
): { readonly ids: readonly RecordedMetricId[]; readonly notes: readonly string[] } {
  const bounded = (id: RecordedMetricId): boolean =>
    metrics[id] !== undefined &&
    [metrics[id], ...ofRuns(runs, id)].every(({ lower, upper }) => lower !== null && upper !== null)
  const known = (id: RecordedMetricId): boolean => ofRuns(runs, id).length > 0
  const tail = (['latency.p99', 'latency.p90'] as const).find((id) => known(id) && bounded(id))
  const throughput = known('outputTokensPerSecond') ? 'outputTokensPerSecond' : 'qps'
  return {
    ids: ['latency.p50', ...(tail === undefined ? [] : [tail]), throughput, 'errorRate'],
    notes:
      tail === 'latency.p99'
        ? []
        : [
            `latency p99 has no interval here (too few requests, or too many failed)${tail === undefined ? '' : '; p90 stands in for it'}`,
          ],
  }
}

/**
 * Whether more runs in the same job could decide what is INCONCLUSIVE: all that is open may turn out OK, or something
 * REGRESSED. What noise between jobs alone keeps open no repetition closes.
 */
export function isRepeatable({ verdict, metrics }: Pick<Comparison, 'verdict' | 'metrics'>): boolean {
  const open = metrics.filter((metric) => metric.verdict === 'INCONCLUSIVE')
  return (
    verdict === 'INCONCLUSIVE' &&
    open.length > 0 &&
    (open.every(({ reachable }) => reachable?.includes('OK')) ||
      open.some(({ reachable }) => reachable?.includes('REGRESSED')))
  )
}

/** One regression decides; an improvement counts only when nothing else is open. */
export function overallVerdict(judged: readonly MetricComparison[], incomplete: boolean): ComparisonVerdict {
  const verdicts = new Set(judged.map(({ verdict }) => verdict))
  if (verdicts.has('REGRESSED')) return 'REGRESSED'
  if (incomplete || verdicts.has('INCONCLUSIVE') || verdicts.size === 0) return 'INCONCLUSIVE'
  return verdicts.has('IMPROVED') ? 'IMPROVED' : 'OK'
}

function ofRuns(runs: readonly RecordedMetrics[], id: RecordedMetricId): readonly RecordedMetric[] {
  return runs.flatMap((run) => run[id] ?? [])
}
