import { compareWithReference, isRepeatable } from '../../src/compare/compare.ts'
import { jointRun } from '../../src/compare/joint-run.ts'
import type { Comparison } from '../../src/domain/comparison.ts'
import type { RecordedMetrics } from '../../src/domain/history.ts'
import { PLANNED_LOOKS } from '../../src/domain/look.ts'
import type { ComparisonVerdict } from '../../src/domain/verdict.ts'
import { point, reference } from '../unit/compare/builders.ts'
import type { Random } from './random.ts'
import { type RunModel, Runs } from './run-model.ts'

/** How a load is repeated. */
export interface LookTrial {
  /** True ratio of the load to its history. */
  readonly factor: number
  /** Standard deviation of what a run measures around its own level, which its interval tells. */
  readonly sampling: number
  readonly margin?: number
  /** @default as many as there are */
  readonly looks?: number
}

/** Runs that the history holds. */
const KNOWN = 20

/**
 * Shares of the verdicts of a load that is repeated in its job while its comparison is inconclusive, and the mean number of
 * its runs. The history holds the first run of twenty jobs.
 */
export function lookVerdicts(
  model: RunModel,
  { factor, sampling, margin, looks = PLANNED_LOOKS }: LookTrial,
  trials: number,
  random: Random,
): Readonly<Record<ComparisonVerdict, number>> & { readonly runs: number } {
  const counts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0, INCOMPARABLE: 0, runs: 0 }
  const metricsOf = (log: number): RecordedMetrics => {
    const value = 1e5 * Math.exp(log + sampling * random.normal())
    const reach = Math.exp(1.96 * sampling)
    return { 'latency.p50': { value, lower: value / reach, upper: value * reach, n: 1000 } }
  }
  for (let i = 0; i < trials; i++) {
    const runs = new Runs(model, random)
    const known = reference({ history: Array.from({ length: KNOWN }, (_, k) => point(k, metricsOf(runs.next()))) })
    const measured = [metricsOf(runs.next() + Math.log(factor))]
    const look = (): Comparison =>
      compareWithReference(jointRun(measured), known, {
        metrics: ['latency.p50'],
        ...(margin === undefined ? {} : { margin }),
        ...(looks === 1 ? {} : { look: { index: measured.length, of: looks } }),
      })
    let comparison = look()
    while (measured.length < looks && isRepeatable(comparison)) {
      measured.push(metricsOf(runs.again() + Math.log(factor)))
      comparison = look()
    }
    counts[comparison.verdict]++
    counts.runs += measured.length
  }
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count / trials])) as Record<
    ComparisonVerdict | 'runs',
    number
  >
}
