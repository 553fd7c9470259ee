import { type Distribution, mean, standardDeviation } from '../domain/distribution.ts'
import { exact, formatCount, formatPoints, formatShare } from '../format/quantity-text.ts'
import { studentTCritical } from '../stats/student-t.ts'
import { limitShare } from './arguments.ts'
import { claimTexts, type Claim, type Judged, unknown } from './claim.ts'
import { frequentError } from './explanation.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { noRequests } from './percentile-claim.ts'
import type { Subject } from './subject.ts'

/** From this many transcripts on their means are near enough to normal. */
const FEWEST_TRANSCRIPTS = 30

/**
 * Wrong words of all transcripts / words of all references is below a share. A request without a transcript is wholly wrong:
 * it counts as so many wrong words as the references have on average.
 */
export const toHaveWordErrorRateBelow: Matcher = defineMatcher('toHaveWordErrorRateBelow', (subject, [share]) =>
  claim(subject, limitShare('toHaveWordErrorRateBelow', share)),
)

function claim(subject: Subject, limit: number): Claim {
  return {
    ...claimTexts(`word error rate${subject.of}`, `below ${exact(limit * 100)} %`),
    judge: () => {
      const { outcomes, distributions } = subject.series
      if (outcomes.attempted === 0) return noRequests(subject)
      const { wordErrors: errors, referenceWords: words } = distributions
      if (errors === undefined || words === undefined || words.sum === 0) {
        return unknown(
          `no transcript was compared with what was said${subject.of}`,
          'the scenario must have a reference',
        )
      }
      return rule(subject, errors, words, limit)
    },
  }
}

function rule(subject: Subject, errors: Distribution, words: Distribution, limit: number): Judged {
  const untold = subject.series.outcomes.attempted - words.n
  const untoldWords = untold * mean(words)!
  const value = (errors.sum + untoldWords) / (words.sum + untoldWords)
  const holds = value < limit
  const bound = value + (holds ? 1 : -1) * reach(errors, words)
  const weak = words.n < FEWEST_TRANSCRIPTS || bound < limit !== holds
  return {
    outcome: holds ? 'holds' : 'denied',
    measured: [
      formatShare(value),
      `${formatCount(errors.sum)} of ${formatCount(words.sum)} words in ${formatCount(words.n)} transcripts`,
      ...(untold === 0 ? [] : [`${formatCount(untold)} requests have none and count as wholly wrong`]),
    ].join(', '),
    distance: `${formatPoints(Math.abs(value - limit))} ${holds ? 'under' : 'over'}`,
    weakness: !weak
      ? null
      : words.n < FEWEST_TRANSCRIPTS
        ? `n = ${formatCount(words.n)} is too small: it takes ${FEWEST_TRANSCRIPTS} transcripts`
        : `the one-sided 95 % bound ${formatShare(Math.max(0, bound))} lies on the other side of the limit: more transcripts narrow it`,
    details: frequentError(subject),
  }
}

/**
 * One-sided 95 % reach of the ratio of two means by the delta method. Words of one transcript go wrong together, so
 * transcripts are the sample, not words. The covariance of errors and words is not kept; it is hardly ever negative, and
 * without it the reach is too wide, never too narrow.
 */
function reach(errors: Distribution, words: Distribution): number {
  const ratio = errors.sum / words.sum
  const variance = (standardDeviation(errors) ?? Infinity) ** 2 + (ratio * (standardDeviation(words) ?? 0)) ** 2
  return (studentTCritical(0.05, Math.max(1, words.n - 1)) * Math.sqrt(variance / words.n)) / mean(words)!
}
