import { LoadError } from '../domain/load-error.ts'
import type { Slo } from '../domain/load-plan.ts'
import { requireDurationUs, type Duration } from '../domain/quantity.ts'
import { goodput } from '../domain/series-rates.ts'
import { exact, exactDuration, formatCount, formatRate, formatShare } from '../format/quantity-text.ts'
import { optionsOf, ratePerSecond } from './arguments.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { rateClaim, type RateWindow, type WindowRuling } from './rate-claim.ts'

/** The SLO again, to be read beside the claim; it must be the one that `load()` was given. */
export interface DeclaredSlo {
  readonly latency?: Duration
  readonly ttft?: Duration
  readonly tpot?: Duration
}

/**
 * More than `n` requests per second met every limit of the SLO that `load()` was given; in every step of a load of
 * several. Generators keep histograms, not requests: an SLO that was not declared cannot be applied afterwards.
 * @throws LoadError `not-measured` without a declared SLO or with another one
 */
export const toHaveGoodputAbove: Matcher = defineMatcher(
  'toHaveGoodputAbove',
  (subject, [n, slo]) => {
    const limitPerSecond = ratePerSecond('toHaveGoodputAbove', n)
    const declared = subject.plan.slo
    if (declared === null) {
      throw new LoadError(
        'not-measured',
        'toHaveGoodputAbove(n): this load was declared without an SLO, so no request was held against one',
        {
          hint: "declare it where the load starts: load(scenario, { ..., slo: { latency: '1.5s' } })",
        },
      )
    }
    if (slo !== undefined) requireSame(declared, slo)
    return rateClaim(subject, {
      what: `goodput (${sloText(declared)})`,
      relation: `above ${exact(limitPerSecond)}/s`,
      limitPerSecond,
      absence: { reason: 'no request was held against the SLO', advice: 'make the load longer' },
      rule: (window) => rule(window, limitPerSecond),
    })
  },
  'requests',
  'one',
)

function rule({ series }: RateWindow, limit: number): WindowRuling | null {
  const rate = goodput(series)
  const { attempted, withinSlo } = series.outcomes
  if (rate === null || withinSlo === null || attempted === 0) return null
  return {
    outcome: rate > limit ? 'holds' : 'denied',
    perSecond: rate,
    measured: `${formatRate(rate)}, ${formatShare(withinSlo / attempted)} of ${formatCount(attempted)} requests within the SLO`,
    details: [],
  }
}

function requireSame(declared: Slo, slo: unknown): void {
  const given = optionsOf('toHaveGoodputAbove', slo, ['latency', 'ttft', 'tpot'])
  const limit = (key: string): number | null =>
    given[key] === undefined ? null : requireDurationUs(`toHaveGoodputAbove(n, { ${key} })`, given[key])
  const asked: Slo = { latencyUs: limit('latency'), ttftUs: limit('ttft'), tpotUs: limit('tpot') }
  if (asked.latencyUs === declared.latencyUs && asked.ttftUs === declared.ttftUs && asked.tpotUs === declared.tpotUs)
    return
  throw new LoadError(
    'not-measured',
    `toHaveGoodputAbove(n, slo): got ${sloText(asked)}, but the load was declared with ${sloText(declared)}`,
    {
      hint: 'declare the SLO in load() and leave it out here',
    },
  )
}

function sloText({ latencyUs, ttftUs, tpotUs }: Slo): string {
  const limits = [
    ['latency', latencyUs],
    ['TTFT', ttftUs],
    ['TPOT', tpotUs],
  ] as const
  return (
    limits.flatMap(([name, us]) => (us === null ? [] : [`${name} below ${exactDuration(us)}`])).join(', ') || 'no limit'
  )
}
