import { exact, formatCount, formatInterval, formatPoints, formatShare } from '../format/quantity-text.ts'
import { estimateShare } from '../stats/proportion.ts'
import { claimTexts, type Claim } from './claim.ts'
import { frequentError } from './explanation.ts'
import { noRequests } from './percentile-claim.ts'
import type { Subject } from './subject.ts'

/** The claim that less than a share of the attempted requests ended in a given way. */
export function shareClaim(subject: Subject, what: string, limit: number, count: number): Claim {
  const { attempted: n } = subject.series.outcomes
  return {
    ...claimTexts(`${what}${subject.of}`, `below ${exact(limit * 100)} %`),
    judge: () => {
      if (n === 0) return noRequests(subject)
      const { value, interval, lowerBound, upperBound } = estimateShare(count, n)
      const holds = value < limit
      return {
        outcome: holds ? 'holds' : 'denied',
        measured: `${formatShare(value)} ${formatInterval(interval, formatShare)}, ${formatCount(count)} of ${formatCount(n)} requests`,
        distance: `${formatPoints(Math.abs(value - limit))} ${holds ? 'under' : 'over'}`,
        weakness: holds ? weakPass(upperBound, limit) : weakDenial(lowerBound, limit),
        details: frequentError(subject),
      }
    },
  }
}

function weakPass(upperBound: number, limit: number): string | null {
  return upperBound < limit
    ? null
    : `the 95 % upper bound ${formatShare(upperBound)} is not below the limit: more requests narrow it`
}

function weakDenial(lowerBound: number, limit: number): string | null {
  return lowerBound >= limit ? null : 'the interval straddles the limit: more requests could decide otherwise'
}
