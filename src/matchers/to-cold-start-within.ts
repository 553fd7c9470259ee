import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { exactDuration, formatCount, formatDuration, formatShare } from '../format/quantity-text.ts'
import { predictionBound } from '../stats/log-sample.ts'
import { limitUs } from './arguments.ts'
import { claimTexts, type Claim } from './claim.ts'
import { standingOfStarts, startsOf } from './cold-start-subject.ts'
import { defineClaim, type Matcher } from './matcher.ts'

const NAME = 'toColdStartWithin'
const ALPHA = 0.05

/**
 * Every start took less than the limit, from the start of the process to the first good answer. Weak where a further
 * start need not: its one-sided 95 % prediction bound is over the limit, or there is only one start.
 */
export const toColdStartWithin: Matcher = defineClaim(NAME, (received, [limit]) => {
  const starts = startsOf(received)
  if (starts === null) {
    throw new LoadError('invalid-option', `${NAME}: got ${describe(received)}, takes what coldStart() returned`)
  }
  return {
    standing: standingOfStarts(starts),
    claim: claimOf(
      starts.data.runs.map(({ coldStartUs }) => coldStartUs),
      limitUs(NAME, limit),
    ),
  }
})

function claimOf(values: readonly number[], limit: number): Claim {
  return {
    ...claimTexts('every cold start', `within ${exactDuration(limit)}`),
    judge: () => {
      const slowest = Math.max(...values)
      const over = values.filter((value) => value >= limit).length
      const bound = predictionBound(values, ALPHA)
      const off = Math.abs(slowest - limit)
      return {
        outcome: over === 0 ? 'holds' : over === values.length ? 'denied' : 'neither',
        measured: `slowest ${formatDuration(slowest)}, n = ${formatCount(values.length)}`,
        distance:
          off === 0 ? null : `${formatDuration(off)} (${formatShare(off / limit)}) ${over > 0 ? 'over' : 'under'}`,
        weakness: over > 0 ? null : weakness(bound, limit),
        details: over > 0 && over < values.length ? [`${over} of ${values.length} starts were over`] : [],
      }
    },
  }
}

function weakness(bound: number | null, limit: number): string | null {
  if (bound === null) return 'a single start says nothing of the next one: raise runs'
  return bound < limit ? null : `the next start may take ${formatDuration(bound)} (95 % prediction bound): raise runs`
}
