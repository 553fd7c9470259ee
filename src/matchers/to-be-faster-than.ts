import { comparePairs } from '../compare/compare-pairs.ts'
import { type Compared, compareMeasurements } from '../compare/compare-measurements.ts'
import type { Comparison } from '../domain/comparison.ts'
import { LoadError } from '../domain/load-error.ts'
import { describe, requireShare, type Share } from '../domain/quantity.ts'
import { metricComparisonText } from '../format/comparison-text.ts'
import { formatShare } from '../format/quantity-text.ts'
import { optionsOf } from './arguments.ts'
import { claimTexts, type Ruling, unknown, type Claim } from './claim.ts'
import { validityNotes } from './explanation.ts'
import { standingOfStarts, startsOf } from './cold-start-subject.ts'
import { fasterStarts, type StartMetric, startMetric } from './faster-starts.ts'
import { defineClaim, defineMatcher, failingAtReader, type Matcher } from './matcher.ts'
import { sideOf, standingOfPairs } from './pairs-subject.ts'
import { requireRequests, subjectOf, type Subject } from './subject.ts'

/** What counts as faster. */
export interface FasterOptions {
  /** Part by which the median latency must be lower than the other's, above 0 and below 1. @default '3%' */
  readonly by?: Share
  /** What cold starts are compared by. @default 'coldStart' */
  readonly metric?: StartMetric
}

const NAME = 'toBeFasterThan'
/** Smallest difference between two loads that matters. */
const DEFAULT_BY = 0.03
const BY_MEDIAN = { metrics: ['latency.p50'] } as const

const fasterLoad: Matcher = defineMatcher(
  NAME,
  (subject, [received, options]) => {
    const other = requireRequests(subjectOf(received, `${NAME}(other)`), `${NAME}(other)`)
    return fasterClaim(subject, other, parse(optionsOf(NAME, options, ['by'])))
  },
  'requests',
  'one',
)

const fasterColdStart: Matcher = defineClaim(NAME, (received, [other, given]) => {
  const starts = startsOf(received)!
  const options = optionsOf(NAME, given, ['by', 'metric'])
  const metric = startMetric(NAME, options['metric'])
  return { standing: standingOfStarts(starts), claim: fasterStarts(NAME, starts, other, parse(options), metric) }
})

const fasterSide: Matcher = defineClaim(NAME, (received, [other, given]) => {
  const { side, pairs } = sideOf(received)!
  const against = sideOf(other)
  const by = parse(optionsOf(NAME, given, ['by']))
  if (against?.pairs !== pairs || against.side === side) {
    throw new LoadError(
      'invalid-option',
      `${NAME}(other): got ${describe(other)}, takes the other side of the same comparison`,
      { hint: 'expect(result.b).toBeFasterThan(result.a), with const result = await compare({ a, b }, ...)' },
    )
  }
  // The base is the other side, whichever it is called.
  const turned = side === 'b' ? pairs.pairs : pairs.pairs.map(({ a, b, ...pair }) => ({ ...pair, a: b, b: a }))
  return {
    standing: standingOfPairs(pairs),
    claim: {
      ...claimTexts('p50 latency', `at least ${formatShare(by)} lower than the other's`),
      judge: () =>
        ruleFaster(comparePairs(turned, { ...BY_MEDIAN, margin: marginOf(by), look: pairs.look }), by, 'raise pairs'),
    },
  }
})

/**
 * The median latency is lower than another measurement's, by at least `by`. A difference must be shown, over the noise
 * from load to load: what neither shows nor excludes it cannot be judged. Of cold starts it is the time from the
 * process's start to the first good answer, over the noise from start to start. Of one side of a comparison in pairs the
 * pairs tell the noise.
 */
export const toBeFasterThan: Matcher = failingAtReader(function (received, ...args) {
  const matcher = startsOf(received) !== null ? fasterColdStart : sideOf(received) !== null ? fasterSide : fasterLoad
  return matcher.call(this, received, ...args)
})

function fasterClaim(subject: Subject, other: Subject, by: number): Claim {
  return {
    ...claimTexts(`p50 latency${subject.of}`, `at least ${formatShare(by)} lower than the other's${other.of}`),
    judge: () => {
      if (other.validity.state === 'invalid' && other.plan.onInvalid === 'fail') {
        return unknown('the other measurement is invalid', validityNotes(other).join('; '))
      }
      const comparison = compareMeasurements(comparedOf(subject), comparedOf(other), { margin: marginOf(by) })
      return ruleFaster(comparison, by, 'interleave several loads of each: compare({ a, b }, ...)', other)
    },
  }
}

/** What a comparison by one metric says of "at least `by` faster". */
function ruleFaster(comparison: Comparison, by: number, advice: string, other: Subject | null = null): Ruling {
  const metric = comparison.metrics[0]
  if (metric?.changeInterval == null) {
    return unknown(comparison.notes.join('; '), other === null ? advice : 'make both loads longer')
  }
  const [lower, upper] = metric.changeInterval
  const faster = metric.verdict === 'IMPROVED'
  if (!faster && lower <= -by) {
    return unknown(`too noisy to tell: ${metricComparisonText(metric)}`, [...comparison.notes, advice].join('; '))
  }
  return {
    outcome: faster ? 'holds' : 'denied',
    measured: metricComparisonText(metric),
    distance: null,
    weakness: weakness(faster && upper > -by, other, by),
    details: [
      ...comparison.notes,
      ...(other === null ? [] : validityNotes(other).map((note) => `the other measurement is ${note}`)),
    ],
    comparison: metric.verdict,
  }
}

function comparedOf({ series, of, data }: Subject): Compared {
  return { series, subject: of, ...(series === data.series ? { buckets: data.buckets } : {}) }
}

/** Lower by `by` is a worsening of the other by this much, which is how comparisons count. */
function marginOf(by: number): number {
  return by / (1 - by)
}

function weakness(barely: boolean, other: Subject | null, by: number): string | null {
  if (other?.validity.state === 'invalid') return 'the other measurement is invalid'
  return barely ? `it is faster, but perhaps by less than ${formatShare(by)}` : null
}

function parse({ by }: Readonly<Record<string, unknown>>): number {
  if (by === undefined) return DEFAULT_BY
  const share = requireShare(`${NAME}(other, { by })`, by)
  if (share > 0 && share < 1) return share
  throw new LoadError(
    'invalid-option',
    `${NAME}(other, { by }): got ${describe(by)}, takes a share above 0 and below 1`,
  )
}
