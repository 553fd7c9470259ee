import { LoadError } from '../domain/load-error.ts'
import type { LoadEvent } from '../domain/measurement.ts'
import { describe, requireShare, type Share } from '../domain/quantity.ts'
import { exactDuration, formatCount, formatDuration } from '../format/quantity-text.ts'
import {
  recoveriesFromBreaks,
  type Recovery,
  recoveryFrom,
  type RecoveryRule,
  WINDOW_SECONDS,
} from '../measure/recovery.ts'
import { servedSeconds } from '../measure/served-seconds.ts'
import { limitUs, optionsOf } from './arguments.ts'
import { claimTexts, unknown, type Ruling } from './claim.ts'
import { declaredSlo, type DeclaredSlo, SLO_LIMITS } from './declared-slo.ts'
import { frequentError } from './explanation.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { distanceText } from './percentile-claim.ts'
import type { Subject } from './subject.ts'

/** From what on recovery is counted, and what a target does that has recovered. */
export interface RecoveryOptions {
  /**
   * The load's SLO again, and the least part of the requests that must meet it (without an SLO: that must have a good
   * answer). @default goodFraction 0.99
   */
  readonly slo?: DeclaredSlo & { readonly goodFraction?: Share }
  /** Name of the event to count from; the last one of this name. @default the last fault; without one, every break */
  readonly after?: string
}

const NAME = 'toRecoverWithin'
const SHARE = 0.99
/** Of fewer requests in five seconds, a handful decide. */
const FEWEST_REQUESTS = 10

/**
 * The target met its SLO again within this time: from the fault to the start of the first five-second window that meets
 * the SLO and is followed by a second one. Seconds are whole ones, so that the time is known to a second: a limit between
 * the two ends of the interval cannot be judged, nor can a load that ends before two windows could be seen.
 *
 * A load without a fault counts from each second that broke the SLO, and holds when it recovered from every break in time.
 */
export const toRecoverWithin: Matcher = defineMatcher(NAME, (subject, [limit, options]) => {
  const withinUs = limitUs(NAME, limit)
  const { slo, after } = optionsOf(NAME, options, ['slo', 'after'])
  if (subject.of !== '') {
    throw new LoadError('invalid-option', `${NAME}: got${subject.of}, takes a whole load`, {
      hint: 'seconds are kept of whole loads',
    })
  }
  const rule = ruleOf(subject, optionsOf(`${NAME}({ slo })`, slo, [...SLO_LIMITS, 'goodFraction']))
  const event = eventOf(subject, after)
  return {
    ...claimTexts(`recovery${event === null ? '' : ` from ${event.name}`}`, `within ${exactDuration(withinUs)}`),
    judge: () => judge(subject, event, rule, withinUs),
  }
})

function judge(subject: Subject, event: LoadEvent | null, rule: RecoveryRule, withinUs: number): Ruling {
  const { steps } = subject.data
  const seconds = servedSeconds(subject.data)
  if (event === null) {
    const breaks = recoveriesFromBreaks(seconds, rule)
    if (breaks.length > 0) return ruleOn(subject, breaks, 'breaking the SLO', withinUs)
    return unknown(
      'nobody set a fault and no second broke the SLO: there is nothing to recover from',
      'set one while the load runs: during(load(...), async ({ at, kill }) => { await at(...); await kill(...) })',
    )
  }
  if (event.atUs < (steps[0]?.startUs ?? 0) || event.atUs >= (steps.at(-1)?.endUs ?? 0)) {
    return unknown(
      `${event.name} came outside the measured window`,
      "wait for the window: await at('5s') counts from its opening; and let the load go on after it",
    )
  }
  const fault = { atUs: event.atUs, errorUs: event.errorUs ?? 0 }
  return ruleOn(subject, [recoveryFrom(seconds, fault, rule)], event.name, withinUs)
}

function ruleOn(subject: Subject, recoveries: readonly Recovery[], since: string, withinUs: number): Ruling {
  const denied = recoveries.find(({ leastUs }) => leastUs >= withinUs)
  const undecided = recoveries.find(({ mostUs }) => mostUs === null || mostUs > withinUs)
  const slowest = recoveries.reduce((slow, one) => ((one.mostUs ?? Infinity) > (slow.mostUs ?? Infinity) ? one : slow))
  const decisive = denied ?? undecided ?? slowest
  if (denied === undefined && undecided !== undefined) return tooLittle(subject, undecided, since, withinUs)
  const { mostUs, fewest } = decisive
  return {
    outcome: denied === undefined ? 'holds' : 'denied',
    measured: measuredText(subject, decisive, since, recoveries.length),
    distance: mostUs === null ? null : distanceText(mostUs, withinUs),
    weakness:
      denied === undefined && fewest !== null && fewest < FEWEST_REQUESTS
        ? `n = ${formatCount(fewest)} in a window of ${WINDOW_SECONDS} s is too small for a share: raise the rate`
        : null,
    details: frequentError(subject),
  }
}

function tooLittle(subject: Subject, recovery: Recovery, since: string, withinUs: number): Ruling {
  const { mostUs, leastUs } = recovery
  if (mostUs !== null) {
    return unknown(
      `recovered between ${formatDuration(leastUs)} and ${formatDuration(mostUs)} after ${since}, and whole seconds cannot tell on which side of ${exactDuration(withinUs)}`,
      `claim a limit of ${formatDuration(Math.ceil(mostUs / 1e6) * 1e6)} or more; a higher rate helps where seconds had no requests`,
    )
  }
  return unknown(
    `two windows of ${WINDOW_SECONDS} s that meet the SLO were not seen after ${since}, and what was seen does not exclude a recovery within ${exactDuration(withinUs)}${brokenText(subject, recovery)}`,
    `let the load go on for at least ${exactDuration(withinUs + (2 * WINDOW_SECONDS + 1) * 1e6)} after it, at a rate that gives each second requests`,
  )
}

function measuredText(subject: Subject, recovery: Recovery, since: string, breaks: number): string {
  const { mostUs, leastUs, brokeAgainSecond, brokenSecond } = recovery
  const again = brokeAgainSecond === null ? '' : `; broken again ${intoWindow(subject, brokeAgainSecond)}`
  const worst = breaks > 1 ? `, the slowest of ${breaks}` : ''
  if (mostUs === null) {
    return `not recovered in the ${formatDuration(leastUs)} after ${since} that can be judged${worst}${brokenText(subject, recovery)}`
  }
  if (brokenSecond === null) return `the SLO held through ${since}${again}`
  return `${formatDuration(mostUs)} after ${since} [${formatDuration(leastUs)}, ${formatDuration(mostUs)}]${worst}${again}`
}

function brokenText(subject: Subject, { brokenSecond }: Recovery): string {
  return brokenSecond === null ? '' : `; last seen broken ${intoWindow(subject, brokenSecond)}`
}

/** Events are set in times of the window, so that results are said in them too. */
function intoWindow({ data }: Subject, second: number): string {
  return `${formatDuration(Math.max(0, second * 1e6 - (data.steps[0]?.startUs ?? 0)))} into the window`
}

function ruleOf(subject: Subject, slo: Readonly<Record<string, unknown>>): RecoveryRule {
  const { goodFraction, ...limits } = slo
  const share = goodFraction === undefined ? SHARE : requireShare(`${NAME}({ slo: { goodFraction } })`, goodFraction)
  if (share === 0) {
    throw new LoadError('invalid-option', `${NAME}({ slo: { goodFraction } }): got 0, takes a share above 0`)
  }
  if (subject.plan.slo === null && Object.keys(limits).length === 0) return { share, met: ({ good }) => good }
  declaredSlo(`${NAME}({ slo })`, subject.plan, limits)
  return { share, met: ({ withinSlo }) => withinSlo ?? 0 }
}

function eventOf({ data: { events } }: Subject, after: unknown): LoadEvent | null {
  if (after === undefined) return events.findLast(({ kind }) => kind === 'fault') ?? null
  const event = events.findLast(({ name }) => name === after)
  if (event !== undefined) return event
  const known = events.map(({ name }) => `'${name}'`).join(', ')
  throw new LoadError(
    'not-measured',
    `${NAME}({ after }): got ${describe(after)}, takes the name of an event of this load; it has ${known || 'none'}`,
  )
}
