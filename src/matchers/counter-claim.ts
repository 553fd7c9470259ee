import { LoadError } from '../domain/load-error.ts'
import { describe, requireShare } from '../domain/quantity.ts'
import { exact, formatCount, formatInterval, formatPoints, formatShare } from '../format/quantity-text.ts'
import { counterNames, counterOf } from '../measure/counter.ts'
import { estimateShare } from '../stats/proportion.ts'
import { claimTexts, type Claim, type Ruling, unknown } from './claim.ts'
import { frequentError } from './explanation.ts'
import { noRequests } from './percentile-claim.ts'
import type { Subject } from './subject.ts'

/**
 * The claim that the share of good answers that told more than 0 under a counter's name is above, or below, a limit.
 * Answers that did not tell it may have been either: the claim holds when it holds whatever they were, and is denied when
 * it fails whatever they were.
 */
export function counterClaim(
  subject: Subject,
  matcher: string,
  args: readonly unknown[],
  way: 'above' | 'below',
): Claim {
  const [name, share] = args
  if (typeof name !== 'string' || name === '') {
    throw new LoadError(
      'invalid-option',
      `${matcher}(counter, share): got ${describe(name)}, takes the name of a counter`,
    )
  }
  const limit = requireShare(`${matcher}(counter, share)`, share)
  return {
    ...claimTexts(`share of ${name}${subject.of}`, `${way} ${exact(limit * 100)} %`),
    judge: () => rule(subject, name, limit, way),
  }
}

function rule(subject: Subject, name: string, limit: number, way: 'above' | 'below'): Ruling {
  const { series } = subject
  if (series.outcomes.attempted === 0) return noRequests(subject)
  const counter = counterOf(series, name)
  if (counter === null) {
    const known = counterNames(series)
    return unknown(
      `no good answer told ${name}${subject.of}`,
      known.length === 0
        ? "the scenario must name it: counters: { cacheHit: { header: 'x-cache', equals: 'HIT' } }"
        : `counters that were told: ${known.join(', ')}`,
    )
  }
  const { hits, missing, n } = counter
  const all = n + missing
  const meets = (value: number): boolean => (way === 'above' ? value > limit : value < limit)
  const extremes = [hits / all, (hits + missing) / all].map(meets)
  const { interval, lowerBound, upperBound } = estimateShare(hits, n)
  const bound = way === 'above' ? lowerBound : upperBound
  const outcome = extremes.every(Boolean) ? 'holds' : extremes.some(Boolean) ? 'neither' : 'denied'
  return {
    outcome,
    measured: [
      `${formatShare(counter.share)} ${formatInterval(interval, formatShare)}, ${formatCount(hits)} of ${formatCount(n)} answers`,
      ...(missing === 0 ? [] : [`${formatCount(missing)} good answers did not tell it`]),
    ].join(', '),
    distance: `${formatPoints(Math.abs(counter.share - limit))} ${counter.share < limit ? 'under' : 'over'}`,
    weakness:
      outcome === 'holds' && !meets(bound)
        ? `the 95 % ${way === 'above' ? 'lower' : 'upper'} bound ${formatShare(bound)} is not ${way} the limit: more requests narrow it`
        : outcome === 'denied' && interval[0] < limit && limit < interval[1]
          ? 'the interval straddles the limit: more requests could decide otherwise'
          : null,
    details: [
      ...(outcome === 'neither' ? ['what the answers without it would have told decides'] : []),
      ...frequentError(subject),
    ],
  }
}
