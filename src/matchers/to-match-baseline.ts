import { compareOptionsOf, compareWithReference } from '../compare/compare.ts'
import { recordedMetrics } from '../compare/recorded-metrics.ts'
import type { Baseline, Reference } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { describe, requireShare, type Share } from '../domain/quantity.ts'
import { metricComparisonText } from '../format/comparison-text.ts'
import { formatShare } from '../format/quantity-text.ts'
import { optionsOf } from './arguments.ts'
import { type Ruling, unknown } from './claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'

/** How close to a named baseline. */
export interface BaselineOptions {
  /** Relative worsening from which a difference matters. @default 0.05 */
  readonly tolerance?: Share
}

const NAME = 'toMatchBaseline'
const TOLERANCE = 0.05

/**
 * The load is not worse than the baseline of this name by the tolerance or more. Without such a baseline of this
 * environment and workload it cannot be judged.
 */
export const toMatchBaseline: Matcher = defineMatcher(NAME, (subject, [name, options]) => {
  if (typeof name !== 'string' || name === '')
    throw new LoadError('invalid-option', `${NAME}(name): got ${describe(name)}, takes the name of a baseline`)
  const { tolerance } = optionsOf(NAME, options, ['tolerance'])
  const margin = tolerance === undefined ? TOLERANCE : requireShare(`${NAME}({ tolerance })`, tolerance)
  if (subject.of !== '') {
    throw new LoadError('invalid-option', `${NAME}: got${subject.of}, takes a whole load`, {
      hint: 'baselines keep the numbers of whole loads',
    })
  }
  return {
    text: `baseline '${name}' matched within ${formatShare(margin)}`,
    negatedText: `baseline '${name}' missed by ${formatShare(margin)} or more`,
    judge: () => {
      if (subject.context === null)
        return unknown('this measurement came without a reference', 'judge what the load fixture returned')
      return ruling(recordedMetrics(subject.data), subject.context.reference, name, {
        ...compareOptionsOf(subject.plan),
        margin,
      })
    },
  }
})

function ruling(
  metrics: ReturnType<typeof recordedMetrics>,
  reference: Reference,
  name: string,
  options: Parameters<typeof compareWithReference>[2],
): Ruling {
  const baseline = baselineNamed(reference, name)
  if (baseline === null)
    return unknown(
      `there is no baseline '${name}' of this spec`,
      `measure it, then \`npx vitest-perf accept ${name} --reason ...\`, and commit .perf/baselines`,
    )
  const comparison = compareWithReference(
    metrics,
    { ...reference, baseline, otherBaseline: baseline, history: [] },
    options,
  )
  const { verdict, against, notes } = comparison
  if (verdict === 'INCOMPARABLE' || baseline.fingerprint.hardHash !== reference.fingerprint.hardHash)
    return unknown(notes.join('; '), `measure baseline '${name}' here and accept it`)
  return {
    outcome: verdict === 'REGRESSED' ? 'denied' : 'holds',
    measured: `${verdict} against ${against}`,
    distance: null,
    weakness: verdict === 'INCONCLUSIVE' ? 'the data cannot exclude that it is worse' : null,
    details: [...comparison.metrics.map(metricComparisonText), ...notes],
    comparison: verdict,
  }
}

function baselineNamed({ baseline, otherBaseline, named = [] }: Reference, name: string): Baseline | null {
  return [baseline, otherBaseline, ...named].find((one) => one?.name === name) ?? null
}
