import type { Comparison } from '../domain/comparison.ts'
import type { Reference } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { isRecordedMetricId, type RecordedMetricId } from '../domain/metric.ts'
import { describe, requireShare, type Share } from '../domain/quantity.ts'
import { compareOptionsOf, compareWithReference, type CompareOptions } from '../compare/compare.ts'
import { recordedMetrics } from '../compare/recorded-metrics.ts'
import { metricComparisonText } from '../format/comparison-text.ts'
import { optionsOf } from './arguments.ts'
import { unknown, type Ruling } from './claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import type { Subject } from './subject.ts'

/** How strict `toNotRegress` is. */
export interface RegressionOptions {
  /** Relative worsening from which a difference matters. @default 0.05 */
  readonly margin?: Share
  /** The metrics that decide. @default latency p50 and p99, tokens/s or qps, error rate */
  readonly metrics?: readonly RecordedMetricId[]
  /** Run-to-run coefficient of variation until five runs have measured it. @default 0.05 */
  readonly assumedRunCv?: Share
}

const NAME = 'toNotRegress'

/**
 * The load is not worse than its baseline, or than the runs before it. Only REGRESSED fails; INCONCLUSIVE and
 * INCOMPARABLE are weak passes. Under `-u` it passes, because this run becomes the baseline.
 */
export const toNotRegress: Matcher = defineMatcher(NAME, (subject, [options]) => {
  const compareOptions = parse(options, subject)
  if (subject.of !== '') {
    throw new LoadError('invalid-option', `${NAME}: got${subject.of}, takes a whole load`, {
      hint: 'history keeps the numbers of whole loads',
    })
  }
  return {
    text: 'no regression',
    negatedText: 'a regression',
    judge: (negated) => {
      if (subject.context === null)
        return unknown('this measurement came without a reference', 'judge what the load fixture returned')
      const { reference } = subject.context
      const comparison = compareWithReference(recordedMetrics(subject), reference, compareOptions)
      return rule(comparison, reference, reference.update === 'all' && !negated)
    },
  }
})

function rule(comparison: Comparison, reference: Reference, accepting: boolean): Ruling {
  const { verdict, against, metrics, notes } = comparison
  const undecided = verdict === 'INCONCLUSIVE' || verdict === 'INCOMPARABLE'
  return {
    outcome: verdict === 'REGRESSED' && !accepting ? 'denied' : 'holds',
    measured: verdict === 'INCOMPARABLE' ? 'INCOMPARABLE: there is no reference run' : `${verdict} against ${against}`,
    distance: null,
    weakness: undecided && !accepting ? undecidedText(comparison, reference) : null,
    details: [
      ...(accepting ? ['accepting this run as the new baseline'] : []),
      ...metrics.map(metricComparisonText),
      ...(isFirstRun(reference) ? [] : notes),
      ...(verdict === 'REGRESSED' && !accepting
        ? ['next: if this is what you want, run again with -u to accept it as the new baseline']
        : []),
    ],
    comparison: verdict,
  }
}

function undecidedText({ verdict, metrics }: Comparison, reference: Reference): string {
  if (verdict === 'INCONCLUSIVE') {
    const runs = Math.max(0, ...metrics.map(({ runsNeeded }) => runsNeeded ?? 0))
    return runs === 0
      ? 'the data cannot exclude a regression'
      : `the data cannot exclude a regression: ${runs} more runs would decide`
  }
  if (reference.update === 'none')
    return 'there is no comparable run, and CI writes no baseline: run it here with -u and commit .perf/baselines'
  return `${isFirstRun(reference) ? 'first run' : 'no comparable run'}: this one becomes the provisional baseline if the test passes`
}

function isFirstRun({ history, baseline, otherBaseline }: Reference): boolean {
  return history.length === 0 && baseline === null && otherBaseline === null
}

function parse(options: unknown, subject: Subject): CompareOptions {
  const { margin, metrics, assumedRunCv } = optionsOf(NAME, options, ['margin', 'metrics', 'assumedRunCv'])
  const share = (name: string, value: unknown): number => requireShare(`${NAME}({ ${name} })`, value)
  return {
    ...compareOptionsOf(subject.plan),
    ...(margin === undefined ? {} : { margin: share('margin', margin) }),
    ...(assumedRunCv === undefined ? {} : { assumedRunCv: share('assumedRunCv', assumedRunCv) }),
    ...(metrics === undefined ? {} : { metrics: metricIds(metrics) }),
  }
}

function metricIds(metrics: unknown): RecordedMetricId[] {
  if (Array.isArray(metrics) && metrics.length > 0 && metrics.every(isRecordedMetricId)) return metrics
  throw new LoadError(
    'invalid-option',
    `${NAME}({ metrics }): got ${describe(metrics)}, takes a list of metrics such as 'latency.p50', 'qps', 'errorRate'`,
  )
}
