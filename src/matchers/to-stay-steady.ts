import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { exact, formatDuration, formatRate } from '../format/quantity-text.ts'
import { driftOf, FEWEST_BINS } from '../stats/drift.ts'
import { optionsOf } from './arguments.ts'
import { claimTexts, unknown, type Ruling } from './claim.ts'
import {
  bucketsIn,
  type DriftFinding,
  type DriftOptions,
  driftRule,
  ruleOnDrift,
  secondsOf,
  type Stretch,
  stretchesOf,
  tooShort,
} from './drift-claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import type { Subject } from './subject.ts'

/** What must stay as it is. */
type SteadyMetric = 'latency' | 'throughput'

/** How steady a load must be, and in what. */
export interface SteadyOptions extends DriftOptions {
  /** @default both */
  readonly metric?: SteadyMetric
}

const NAME = 'toStaySteady'
const METRICS: readonly SteadyMetric[] = ['latency', 'throughput']
const LABELS: Readonly<Record<SteadyMetric, string>> = { latency: 'p50 latency', throughput: 'throughput' }

/**
 * Neither latency nor throughput drifts, in either direction: their Theil-Sen slope is proven (Hamed-Rao p < .01) and over
 * 5 % of the level across the window, or it is not a drift. Latency is the median of each second, throughput the good
 * answers of each second. A load of several steps is steady when each of them is. Under ten minutes: cannot judge.
 */
export const toStaySteady: Matcher = defineMatcher(NAME, (subject, [options]) => {
  const rule = driftRule(NAME, options, ['metric'])
  const metrics = metricsOf(options)
  requireSeconds(subject)
  return {
    ...claimTexts(
      `${metrics.map((metric) => LABELS[metric]).join(' and ')}${subject.of}`,
      `steady within ${exact(rule.growth * 100)} %`,
    ),
    judge: (): Ruling => {
      const stretches = stretchesOf(subject)
      for (const stretch of stretches) {
        const short = tooShort(stretch, rule)
        if (short !== null) return short
      }
      const findings: DriftFinding[] = []
      for (const stretch of stretches) {
        for (const metric of metrics) {
          const finding = findingOf(subject, stretch, metric)
          if (finding === null) {
            return unknown(
              `fewer than ${FEWEST_BINS} parts of the window${stretch.of} have a ${LABELS[metric]}`,
              'a drift takes requests in most of the seconds: raise the rate, or make the load longer',
            )
          }
          findings.push(finding)
        }
      }
      return ruleOnDrift(
        findings,
        rule,
        'both',
        'look for what builds up in the target (queue, memory, heat); a change at the start alone asks for a longer warm-up',
      )
    },
  }
})

function findingOf({ data }: Subject, stretch: Stretch, metric: SteadyMetric): DriftFinding | null {
  const { from, to } = secondsOf(stretch)
  const buckets = bucketsIn(data, stretch)
  const drift =
    metric === 'latency'
      ? driftOf(
          buckets.flatMap(({ second, latencyP50Us: value }) => (value === null ? [] : [{ second, value }])),
          from,
          to,
        )
      : driftOf(
          buckets.map(({ second, completed: value }) => ({ second, value })),
          from,
          to,
          'mean',
        )
  if (drift === null) return null
  const level = metric === 'latency' ? formatDuration(drift.level) : formatRate(drift.level)
  return { label: `${LABELS[metric]}${stretch.of}`, drift, level, stretch }
}

/** Seconds are kept of whole loads, not of the requests of one name. */
function requireSeconds(subject: Subject): void {
  if (subject.step !== null || subject.series === subject.data.series) return
  throw new LoadError('not-measured', `${NAME}: got${subject.of}, takes a whole load or a step`, {
    hint: 'the course over time is kept of whole iterations only: claim it of the load, or give these requests a load of their own',
  })
}

function metricsOf(options: unknown): readonly SteadyMetric[] {
  const { metric } = optionsOf(NAME, options, ['growth', 'atLeast', 'metric'])
  if (metric === undefined) return METRICS
  const known = METRICS.find((one) => one === metric)
  if (known !== undefined) return [known]
  throw new LoadError('invalid-option', `${NAME}({ metric }): got ${describe(metric)}, takes 'latency' or 'throughput'`)
}
