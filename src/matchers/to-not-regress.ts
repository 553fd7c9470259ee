import type { Comparison } from '../domain/comparison.ts'
import type { Reference } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { compareOptionsOf, compareWithReference } from '../compare/compare.ts'
import { comparePairs } from '../compare/compare-pairs.ts'
import { jointRun } from '../compare/joint-run.ts'
import { recordedMetrics } from '../compare/recorded-metrics.ts'
import { metricComparisonText } from '../format/comparison-text.ts'
import { unknown, type Ruling } from './claim.ts'
import { defineClaim, defineMatcher, failingAtReader, type Matcher } from './matcher.ts'
import { pairsOf, standingOfPairs } from './pairs-subject.ts'
import { regressionOptions } from './regression-options.ts'

const NAME = 'toNotRegress'
const TEXTS = { text: 'no regression', negatedText: 'a regression' }

const regressionOfLoad: Matcher = defineMatcher(NAME, (subject, [options]) => {
  const compareOptions = { ...compareOptionsOf(subject.plan), ...regressionOptions(NAME, options) }
  if (subject.of !== '') {
    throw new LoadError('invalid-option', `${NAME}: got${subject.of}, takes a whole load`, {
      hint: 'history keeps the numbers of whole loads',
    })
  }
  return {
    ...TEXTS,
    judge: (negated) => {
      if (subject.context === null)
        return unknown('this measurement came without a reference', 'judge what the load fixture returned')
      const { reference } = subject.context
      const { runs, look } = subject.context.repeated?.() ?? { runs: [recordedMetrics(subject.data)], look: undefined }
      const comparison = compareWithReference(jointRun(runs), reference, { ...compareOptions, look })
      return rule(comparison, reference, reference.update === 'all' && !negated)
    },
  }
})

const regressionOfPairs: Matcher = defineClaim(NAME, (received, [given]) => {
  const data = pairsOf(received)!
  const options = { fixedRate: data.fixedRate, look: data.look, ...regressionOptions(NAME, given) }
  return {
    standing: standingOfPairs(data),
    claim: { ...TEXTS, judge: () => rulePairs(comparePairs(data.pairs, options)) },
  }
})

/**
 * The load is not worse than its baseline, or than the runs before it; of a comparison in pairs, `b` is not worse than `a`.
 * Only REGRESSED fails; INCONCLUSIVE and INCOMPARABLE are weak passes. Under `-u` a load passes, because this run becomes
 * the baseline.
 */
export const toNotRegress: Matcher = failingAtReader(function (received, ...args) {
  return (pairsOf(received) === null ? regressionOfLoad : regressionOfPairs).call(this, received, ...args)
})

function rulePairs(comparison: Comparison): Ruling {
  const { verdict, against, metrics, notes } = comparison
  if (metrics.length === 0) return unknown(notes.join('; '), 'raise pairs, or see why loads were invalid')
  return {
    outcome: verdict === 'REGRESSED' ? 'denied' : 'holds',
    measured: `b is ${verdict} against ${against}`,
    distance: null,
    weakness: verdict === 'INCONCLUSIVE' ? inconclusiveText(comparison, 'pair') : null,
    details: [...metrics.map(metricComparisonText), ...notes],
    comparison: verdict,
  }
}

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

function inconclusiveText({ metrics }: Comparison, unit: string): string {
  const needed = Math.max(0, ...metrics.map(({ runsNeeded }) => runsNeeded ?? 0))
  return needed === 0
    ? 'the data cannot exclude a regression'
    : `the data cannot exclude a regression: ${needed} more ${needed === 1 ? unit : `${unit}s`} would decide`
}

function undecidedText(comparison: Comparison, reference: Reference): string {
  if (comparison.verdict === 'INCONCLUSIVE') return inconclusiveText(comparison, 'run')
  if (reference.update === 'none')
    return 'there is no comparable run, and CI, or a branch outside acceptOn, writes no baseline: run it with -u where one is written, and commit .perf/baselines'
  return `${isFirstRun(reference) ? 'first run' : 'no comparable run'}: this one becomes the provisional baseline if the test passes`
}

function isFirstRun({ history, baseline, otherBaseline }: Reference): boolean {
  return history.length === 0 && baseline === null && otherBaseline === null
}
