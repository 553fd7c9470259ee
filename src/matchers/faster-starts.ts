import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import {
  formatChange,
  formatCount,
  formatDuration,
  formatInterval,
  formatShare,
  formatSpeedup,
} from '../format/quantity-text.ts'
import type { ColdStart } from '../measure/cold-start.ts'
import { ratioOf } from '../stats/log-sample.ts'
import { claimTexts, unknown, type Claim } from './claim.ts'
import { startsOf } from './cold-start-subject.ts'

/** A duration of a start that two cold starts are compared by. */
export type StartMetric = 'coldStart' | 'ready' | 'modelLoad' | 'firstAnswer'

const LABELS: Readonly<Record<StartMetric, string>> = {
  coldStart: 'cold start',
  ready: 'time to ready',
  modelLoad: 'model load',
  firstAnswer: 'first answer',
}
/** A claim and its negation each must be shown with this confidence. */
const ALPHA = 0.05
/** Two values have a deviation only by luck. */
const FEWEST = 3

/** @throws LoadError `invalid-option` */
export function startMetric(matcher: string, metric: unknown): StartMetric {
  if (metric === undefined) return 'coldStart'
  if (typeof metric === 'string' && Object.hasOwn(LABELS, metric)) return metric as StartMetric
  throw new LoadError(
    'invalid-option',
    `${matcher}(other, { metric }): got ${describe(metric)}, takes ${Object.keys(LABELS).join(', ')}`,
  )
}

/**
 * Starts are faster than others by at least `by`: shown when the bound of the ratio is beyond it, refuted when the other
 * bound is not; a ratio that few starts leave in between cannot be judged, however good it looks.
 * @throws LoadError `invalid-option` when `received` is no cold start
 */
export function fasterStarts(
  matcher: string,
  starts: ColdStart,
  received: unknown,
  by: number,
  metric: StartMetric,
): Claim {
  const others = startsOf(received)
  if (others === null) {
    throw new LoadError(
      'invalid-option',
      `${matcher}(other): got ${describe(received)}, takes what coldStart() returned`,
    )
  }
  return {
    ...claimTexts(LABELS[metric], `at least ${formatShare(by)} shorter than the other's`),
    judge: () => {
      const [own, other] = [starts[metric], others[metric]]
      if (own === null || other === null) {
        return unknown(`${LABELS[metric]} is unknown`, 'coldStart(..., { modelLoad }) says where the server tells it')
      }
      const ratio = ratioOf(own.values, other.values, ALPHA)
      const sides = `${text(other.mean)} → ${text(own.mean)}`
      if (ratio === null || own.n < FEWEST || other.n < FEWEST) {
        return unknown(
          `too few starts to tell: ${sides}, n = ${formatCount(own.n)} and ${formatCount(other.n)}`,
          `it takes at least ${FEWEST} of each: raise runs`,
        )
      }
      const interval: [number, number] = [ratio.lower - 1, ratio.upper - 1]
      const measured =
        `${sides}, ${formatChange(ratio.ratio - 1)} ${formatInterval(interval, formatChange)}, ` +
        `${formatSpeedup(1 / ratio.ratio)}, n = ${formatCount(own.n)} and ${formatCount(other.n)}`
      const limit = 1 - by
      if (ratio.upper > limit && ratio.lower < limit) return unknown(`too noisy to tell: ${measured}`, 'raise runs')
      return {
        outcome: ratio.upper <= limit ? 'holds' : 'denied',
        measured,
        distance: null,
        weakness: null,
        details: [],
      }
    },
  }
}

function text(ms: number): string {
  return formatDuration(ms * 1e3)
}
