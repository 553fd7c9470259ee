import type { SeriesData } from '../domain/measurement.ts'
import { formatCount, formatRate, formatShare } from '../format/quantity-text.ts'
import { claimTexts, unknown, type Claim, type Judged } from './claim.ts'
import { frequentError } from './explanation.ts'
import { noRequests } from './percentile-claim.ts'
import type { Subject } from './subject.ts'

/** Of fewer requests than this no rate is known to a fifth: the standard error of a count of 29 is 19 %. */
const FEWEST_REQUESTS = 30

/** One window of a rate claim: the load's only one, or one of its steps. */
export interface RateWindow {
  /** ` of step 2`, empty for the only window. */
  readonly of: string
  /** Asked arrivals per second; `null` on user profiles and for requests of one name. */
  readonly askedPerSecond: number | null
  readonly series: SeriesData
}

/** What one window says of a rate claim. */
export interface WindowRuling {
  readonly outcome: Judged['outcome']
  /** The rate that was found, for the distance to the limit. */
  readonly perSecond: number
  readonly measured: string
  readonly details: readonly string[]
}

/** A claim about a rate, and how one window decides on it. */
export interface RateRule {
  readonly what: string
  readonly relation: string
  readonly limitPerSecond: number
  /** What is missing when a window has no such rate, and how to get it. */
  readonly absence: { readonly reason: string; readonly advice: string }
  /** `null` when the window has no such rate. */
  readonly rule: (window: RateWindow) => WindowRuling | null
}

/**
 * A claim about a rate. The rate of several steps together is an average that nobody asked for: the claim holds when it
 * holds in every step, its negation when it is false in every step, and in between neither does.
 */
export function rateClaim(subject: Subject, { what, relation, limitPerSecond, absence, rule }: RateRule): Claim {
  return {
    ...claimTexts(`${what}${subject.of}`, relation),
    judge: () => {
      if (subject.series.outcomes.attempted === 0) return noRequests(subject)
      const windows = windowsOf(subject)
      const rulings = windows.flatMap((window) => rule(window) ?? [])
      if (rulings.length < windows.length) return unknown(`${absence.reason}${subject.of}`, absence.advice)
      return join(subject, windows, rulings, limitPerSecond)
    },
  }
}

/** The windows that a rate claim must hold in. */
export function windowsOf(subject: Subject): RateWindow[] {
  if (subject.steps.length === 0) return [{ of: '', askedPerSecond: subject.ratePerSecond, series: subject.series }]
  return subject.steps.map((step) => ({
    of: ` of step ${step.index + 1}`,
    askedPerSecond: step.ratePerSecond,
    series: step.series,
  }))
}

function join(
  subject: Subject,
  windows: readonly RateWindow[],
  rulings: readonly WindowRuling[],
  limitPerSecond: number,
): Judged {
  const outcomes = new Set(rulings.map((ruling) => ruling.outcome))
  const worst = rulings.reduce((low, ruling) => (ruling.perSecond < low.perSecond ? ruling : low))
  const fewest = Math.min(...windows.map((window) => window.series.outcomes.attempted))
  return {
    outcome: outcomes.size === 1 ? worst.outcome : 'neither',
    measured: rulings.map((ruling, i) => ruling.measured + windows[i]!.of).join('; '),
    distance: distanceText(worst.perSecond, limitPerSecond),
    weakness:
      fewest < FEWEST_REQUESTS
        ? `n = ${formatCount(fewest)} is too small for a rate: it takes ${FEWEST_REQUESTS} requests`
        : null,
    details: [
      ...new Set(rulings.flatMap((ruling) => ruling.details)),
      ...(outcomes.size > 1 ? ['it holds in some steps and not in others: judge each with run.step(i)'] : []),
      ...frequentError(subject),
    ],
  }
}

function distanceText(perSecond: number, limitPerSecond: number): string | null {
  const off = perSecond - limitPerSecond
  if (off === 0) return null
  return `${formatRate(Math.abs(off))} (${formatShare(Math.abs(off) / limitPerSecond)}) ${off > 0 ? 'over' : 'under'}`
}
