import { hasAskedRate, isArrivalProfile } from '../domain/load-plan.ts'
import { qps } from '../domain/series-rates.ts'
import { exact, formatCount, formatRate, formatShare } from '../format/quantity-text.ts'
import { ratePerSecond } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, windowsOf, type RateWindow, type WindowRuling } from './rate-claim.ts'

/** Part of the scheduled arrivals that must be good. */
const GOOD_SHARE = 0.99

/**
 * The target kept up with `n` requests per second. On arrival profiles: at least `n` per second were asked for and at
 * least 99 % of the scheduled arrivals were good. On user profiles: at least `n` good completions per second.
 * What a rate that varies inside a window asks for is its mean over the window: load that swings around `n` is never
 * easier than `n` all the time. A single burst asks for no rate, and nothing is claimed of it.
 * A load of several rates must have asked for `n` in one of its steps and have kept up in all of them; one of several
 * numbers of users must have reached `n` in all of them.
 */
export const toSustainQps: Matcher = defineMatcher(
  'toSustainQps',
  (subject, [n]) => {
    const limitPerSecond = ratePerSecond('toSustainQps', n)
    const open = isArrivalProfile(subject.plan.profile)
    const instant = open && !hasAskedRate(subject.plan.profile)
    const highest = Math.max(...windowsOf(subject).map(asked))
    return rateClaim(subject, {
      what: 'load',
      relation: `sustaining ${exact(limitPerSecond)} qps`,
      limitPerSecond,
      absence: instant
        ? { reason: 'a single burst has no rate', advice: 'give bursts and every, or judge its latency' }
        : { reason: 'the measured window is empty', advice: 'make the load longer' },
      rule: (window) => {
        if (instant) return null
        return open ? ruleArrivals(window, limitPerSecond, highest) : ruleCompletions(window, limitPerSecond)
      },
    })
  },
  'requests',
  'rate',
)

function ruleArrivals(window: RateWindow, limit: number, highest: number): WindowRuling | null {
  const completed = qps(window.series)
  const { attempted, good } = window.series.outcomes
  if (completed === null || attempted === 0) return null
  const kept = good / attempted >= GOOD_SHARE
  // A rate that nobody asked for is neither sustained nor missed, and what a lower rate does denies nothing.
  const denied = !kept && asked(window) >= limit
  return {
    outcome: kept && highest >= limit ? 'holds' : denied ? 'denied' : 'neither',
    perSecond: kept ? asked(window) : completed,
    measured:
      `${formatRate(asked(window))} asked, ${formatShare(good / attempted)} of ${formatCount(attempted)} arrivals good, ` +
      `${formatRate(completed)} answered`,
    details: [
      ...(kept ? [] : [`less than ${formatShare(GOOD_SHARE)} of the arrivals were good${window.of}`]),
      ...(highest < limit ? [`nobody asked for ${exact(limit)}/s: give the load a rate of at least that`] : []),
    ],
  }
}

function ruleCompletions({ series }: RateWindow, limit: number): WindowRuling | null {
  const completed = qps(series)
  if (completed === null) return null
  return {
    outcome: completed >= limit ? 'holds' : 'denied',
    perSecond: completed,
    measured: `${formatRate(completed)} answered, n = ${formatCount(series.outcomes.attempted)}`,
    details: [],
  }
}

/** Arrivals per second that were asked for; for requests of one name, those that the load made of them. */
function asked({ askedPerSecond, series }: RateWindow): number {
  return askedPerSecond ?? (series.windowUs > 0 ? (series.outcomes.attempted * 1e6) / series.windowUs : 0)
}
