import type { MeasurementData, SecondBucket } from '../domain/measurement.ts'
import { requireShare, requireDurationUs, type Duration, type Share } from '../domain/quantity.ts'
import { exact, formatChange, formatDuration, formatInterval, formatPoints } from '../format/quantity-text.ts'
import { measuredUs, partsOf } from '../measure/gaps.ts'
import type { Drift } from '../stats/drift.ts'
import { optionsOf } from './arguments.ts'
import { type Ruling, unknown } from './claim.ts'
import type { Subject } from './subject.ts'

/** How much may change, and over how long. */
export interface DriftOptions {
  /** Change over the window, as a share of the level, from which it matters. @default '5%' */
  readonly growth?: Share
  /** Shortest window that is judged; with less than ten minutes a pass is weak. @default '10m' */
  readonly atLeast?: Duration
}

/** The options, resolved. */
export interface DriftRule {
  readonly growth: number
  readonly atLeastUs: number
}

const GROWTH = 0.05
const AT_LEAST_US = 600e6

/** Reads the options that all claims about drift share. @throws LoadError `invalid-option` */
export function driftRule(matcher: string, options: unknown, further: readonly string[] = []): DriftRule {
  const { growth, atLeast } = optionsOf(matcher, options, ['growth', 'atLeast', ...further])
  return {
    growth: growth === undefined ? GROWTH : requireShare(`${matcher}({ growth })`, growth),
    atLeastUs: atLeast === undefined ? AT_LEAST_US : requireDurationUs(`${matcher}({ atLeast })`, atLeast),
  }
}

/** The longest part of a window in which measuring never paused. */
export interface Stretch {
  /** ` of step 2`; empty for the only window. */
  readonly of: string
  readonly fromUs: number
  readonly toUs: number
  /** Length of the whole window without its gaps, when that is more. */
  readonly brokenOfUs: number | null
}

/** One stretch for each window of what is judged: a trend over steps of different levels is what was asked for. */
export function stretchesOf({ data, steps, step }: Subject): Stretch[] {
  const windows = step === null ? (steps.length > 0 ? steps : data.steps) : [step]
  return windows.map(({ index, startUs, endUs }) => {
    const parts = partsOf({ startUs, endUs }, data.gaps)
    const longest = parts.reduce((best, part) => (part.endUs - part.startUs > best.endUs - best.startUs ? part : best))
    return {
      of: steps.length > 0 ? ` of step ${index + 1}` : '',
      fromUs: longest.startUs,
      toUs: longest.endUs,
      brokenOfUs: parts.length > 1 ? measuredUs({ startUs, endUs }, data.gaps) : null,
    }
  })
}

/** Whole seconds of a stretch: [from, to). */
export function secondsOf({ fromUs, toUs }: Stretch): { readonly from: number; readonly to: number } {
  const from = Math.ceil(fromUs / 1e6)
  return { from, to: Math.max(from, Math.floor(toUs / 1e6)) }
}

/** The buckets that lie inside a stretch. */
export function bucketsIn(data: MeasurementData, stretch: Stretch): readonly SecondBucket[] {
  const { from, to } = secondsOf(stretch)
  return data.buckets.filter(({ second }) => second >= from && second < to)
}

/** Why a stretch is too short to be judged; `null` when it is not. */
export function tooShort({ of, fromUs, toUs, brokenOfUs }: Stretch, { atLeastUs }: DriftRule): Ruling | null {
  if (toUs - fromUs >= atLeastUs) return null
  const broken = brokenOfUs === null ? '' : `, its longest part without a gap, of ${formatDuration(brokenOfUs)}`
  return unknown(
    `the window${of} is ${formatDuration(toUs - fromUs)} long${broken}: a drift takes ${formatDuration(atLeastUs)} to be told`,
    atLeastUs >= AT_LEAST_US
      ? "make the load longer, or lower the minimum knowingly: { atLeast: '5m' }"
      : 'make the load longer',
  )
}

/** One quantity over one stretch. */
export interface DriftFinding {
  /** `p50 latency`, with the step it belongs to. */
  readonly label: string
  readonly drift: Drift
  /** The level in words. */
  readonly level: string
  readonly stretch: Stretch
}

/**
 * What findings say of the claim that nothing drifts. It holds when none of them drifts, and is denied when one does.
 * @param harmful `both` for quantities that shall not change at all, `up` for those that shall not grow
 */
export function ruleOnDrift(
  findings: readonly DriftFinding[],
  { growth: limit, atLeastUs }: DriftRule,
  harmful: 'both' | 'up',
  advice: string,
): Ruling {
  const off = ({ growth }: Drift): number => (harmful === 'up' ? growth : Math.abs(growth))
  const drifting = findings.filter(({ drift }) => drift.proven && off(drift) > limit)
  const denied = drifting.length > 0
  const worst = Math.max(...findings.map(({ drift }) => off(drift)))
  const straddling = denied
    ? drifting.filter(({ drift }) => (drift.growth > 0 ? drift.lower <= limit : drift.upper >= -limit))
    : findings.filter(({ drift }) => drift.upper > limit || (harmful === 'both' && drift.lower < -limit))
  const broken = findings.find(({ stretch }) => stretch.brokenOfUs !== null)?.stretch
  const weaknesses = [
    // One proven drift is enough to deny.
    ...(straddling.length > 0 && (!denied || straddling.length === drifting.length)
      ? [`the 95 % bounds of ${straddling.map(({ label }) => label).join(' and ')} do not exclude the opposite`]
      : []),
    ...(atLeastUs < AT_LEAST_US && findings.some(({ stretch }) => stretch.toUs - stretch.fromUs < AT_LEAST_US)
      ? [`under ${formatDuration(AT_LEAST_US)} of data tell little of a drift`]
      : []),
    ...(broken === undefined
      ? []
      : [
          `the load has a gap: judged on ${formatDuration(broken.toUs - broken.fromUs)} without one, of ${formatDuration(broken.brokenOfUs)}`,
        ]),
  ]
  return {
    outcome: denied ? 'denied' : 'holds',
    measured: findings.map(findingText).join('; '),
    distance: `${formatPoints(Math.abs(limit - worst))} ${worst > limit ? 'over' : 'under'}`,
    weakness: weaknesses.length === 0 ? null : weaknesses.join('; '),
    details: denied ? [advice] : [],
  }
}

function findingText({ label, drift, level, stretch }: DriftFinding): string {
  const { growth, lower, upper, p } = drift
  const bounds = formatInterval([lower, upper], formatChange)
  const chance = p < 0.001 ? 'p < 0.001' : `p = ${exact(Number(p.toPrecision(1)))}`
  return `${label} ${formatChange(growth)} ${bounds} over ${formatDuration(stretch.toUs - stretch.fromUs)} around ${level}, trend ${chance}`
}
