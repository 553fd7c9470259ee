import { compareWithReference } from '../../src/compare/compare.ts'
import type { RecordedMetrics } from '../../src/domain/history.ts'
import type { ComparisonVerdict } from '../../src/domain/verdict.ts'
import { point, reference } from '../unit/compare/builders.ts'
import type { Random } from './random.ts'
import { type RunModel, Runs } from './run-model.ts'

/** Runs that the history holds. */
const KNOWN = 20
const SAMPLING = 0.01

/** Shares of the verdicts of one run of a target that changed by `factor`, against a history of twenty. */
export function historyVerdicts(
  model: RunModel,
  factor: number,
  trials: number,
  random: Random,
): Readonly<Record<ComparisonVerdict, number>> {
  const counts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0, INCOMPARABLE: 0 }
  for (let i = 0; i < trials; i++) {
    const runs = new Runs(model, random)
    const history = Array.from({ length: KNOWN }, (_, k) => point(k, metricsOf(runs.next(), random)))
    const now = metricsOf(runs.next() + Math.log(factor), random)
    counts[compareWithReference(now, reference({ history }), { metrics: ['latency.p50'] }).verdict]++
  }
  return Object.fromEntries(Object.entries(counts).map(([verdict, count]) => [verdict, count / trials])) as Record<
    ComparisonVerdict,
    number
  >
}

function metricsOf(log: number, random: Random): RecordedMetrics {
  const value = 1e5 * Math.exp(log + SAMPLING * random.normal())
  const reach = Math.exp(1.96 * SAMPLING)
  return { 'latency.p50': { value, lower: value / reach, upper: value * reach, n: 1000 } }
}
