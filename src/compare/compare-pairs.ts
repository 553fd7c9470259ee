import type { Comparison } from '../domain/comparison.ts'
import type { RecordedMetric, RecordedMetrics } from '../domain/history.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import type { PairRun } from '../domain/pairs.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'
import { type CompareOptions, defaultMetrics, type MetricGate, overallVerdict } from './compare.ts'
import { shareEffect } from './effect.ts'
import { betterWay, type Candidate, isShare, judgeEffects } from './judge-effects.ts'
import { pooled } from './joint-run.ts'
import { lookNote } from '../format/comparison-text.ts'
import { sampleEffect } from './sample-effect.ts'

/** Smallest relative change that matters between two things measured in one job. */
export const PAIRS_MARGIN = 0.03
/** Fewer pairs cannot reach p < .01. */
export const FEWEST_PAIRS = 5

/**
 * Compares `b` with `a` by all pairs that are not excluded: see sample-effect.ts for the method. INCONCLUSIVE below five.
 * The same pairs give the same answer.
 */
export function comparePairs(
  all: readonly PairRun[],
  {
    margin = PAIRS_MARGIN,
    shareMargin = 0.01,
    alpha = 0.01,
    fixedRate = false,
    metrics,
    gates = {},
    look,
  }: CompareOptions = {},
): Comparison {
  const pairs = all.filter(({ excluded }) => excluded === null)
  const [base, candidate] = [pairs.map(({ a }) => a), pairs.map(({ b }) => b)]
  const chosen =
    metrics !== undefined
      ? { ids: metrics, notes: [] }
      : candidate.length === 0
        ? { ids: [], notes: [] }
        : defaultMetrics(candidate[0]!, [...base, ...candidate.slice(1)])
  const missing = chosen.ids.filter((id) => !pairs.every(({ a, b }) => a[id] !== undefined && b[id] !== undefined))
  const candidates = chosen.ids
    .filter((id) => !missing.includes(id))
    .map((id) => candidateOf(id, base, candidate, { fixedRate, ...gates[id] }))
  const judged = pairs.length < FEWEST_PAIRS ? [] : judgeEffects(candidates, { margin, shareMargin, alpha, look })
  const noise =
    judged.length === 0 ? null : (candidates.find(({ effect }) => effect?.noise != null)?.effect?.noise ?? null)
  const excluded = all.length - pairs.length
  return {
    verdict: overallVerdict(judged, missing.length > 0),
    metrics: judged,
    against: `a, ${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'} in one job`,
    runCv: noise === null ? null : { value: noise.cv, source: 'measured' },
    ...(look === undefined ? {} : { looks: { made: look.index, planned: look.of } }),
    notes: [
      ...(look === undefined ? [] : [lookNote(look)]),
      ...chosen.notes,
      ...(pairs.length < FEWEST_PAIRS
        ? [`${pairs.length} valid pairs: fewer than ${FEWEST_PAIRS} cannot show a difference at p < .01`]
        : []),
      ...missing.map(
        (id) => `${id} was not recorded in every pair, or is not finite: requests that failed have no latency`,
      ),
      ...(excluded === 0 ? [] : [`${excluded} of ${all.length} pairs take no part: a load of each was invalid`]),
    ],
  }
}

function candidateOf(
  id: RecordedMetricId,
  base: readonly RecordedMetrics[],
  candidate: readonly RecordedMetrics[],
  { fixedRate, better = betterWay(id), margin }: MetricGate & { readonly fixedRate: boolean },
): Candidate {
  const [from, to] = [base, candidate].map((runs) => runs.map((run) => run[id]!)) as [
    RecordedMetric[],
    RecordedMetric[],
  ]
  const random = seededRandom(purposeSeed(to.length, id))
  const effect = isShare(id) ? shareEffect(pooled(to), from) : sampleEffect(from, to, better, random)
  const sign = better === 'lower' ? 1 : -1
  return {
    metric: id,
    // What the estimate says of the reference, so that the three figures agree.
    current:
      isShare(id) || effect === null
        ? pooled(to)
        : { ...to[0]!, value: effect.reference * Math.exp(sign * effect.estimate) },
    effect,
    better,
    margin: margin ?? null,
    reference: from[0]!.value,
    gatesOnlyWorse: fixedRate && (id === 'qps' || id === 'outputTokensPerSecond'),
  }
}
