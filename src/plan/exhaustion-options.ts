import type { Duration, Share } from '../domain/quantity.ts'
import { duration, whole } from './load-schema.ts'
import { parseSearch, refusal, type SearchOptions, type SearchQuestion, share } from './search-options.ts'

/** Options of `exhaust()`. */
export interface ExhaustOptions extends Omit<SearchOptions, 'onInconclusive' | 'slo'> {
  /** Level of the first step; requests per second, or users. @default a twentieth of `to`, or one user */
  readonly from?: number
  /** Highest level. */
  readonly to: number
  /** Length of the whole ramp; starting the loads and waiting for last answers comes on top. */
  readonly over: Duration
  /** Steps of the ramp, each a load. @default one for every 3 s of `over`, from 4 to 20 */
  readonly steps?: number
  /** Share of requests without a good answer from which the target refuses and the ramp ends. @default '20%' */
  readonly refusal?: Share
  /** How long the last requests of a step may still run; then they count as aborted. @default '5s' */
  readonly gracefulStop?: Duration
}

/** The options, resolved. */
export interface ExhaustionQuestion extends SearchQuestion {
  readonly steps: number
  readonly stepUs: number
  readonly refusal: number
  readonly gracefulStopUs: number
}

const WHERE = 'exhaust(scenario, options)'
const SHORTEST_STEP_US = 500e3

const FIELDS = {
  over: duration('positive'),
  steps: whole(2, 1000).optional(),
  refusal: share('part').optional(),
  gracefulStop: duration('zero').optional(),
}

/**
 * Resolves the options of `exhaust()`.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function exhaustionQuestion(options: unknown): ExhaustionQuestion {
  const { common, own } = parseSearch(
    { where: WHERE, label: 'exhaust', from: (to, by) => (by === 'users' ? 1 : to / 20) },
    options,
    FIELDS,
  )
  const steps = own.steps ?? Math.min(20, Math.max(4, Math.round(own.over / 3e6)))
  const stepUs = Math.round(own.over / steps)
  if (stepUs < SHORTEST_STEP_US) {
    throw refusal(
      WHERE,
      `options over and steps: got steps of ${stepUs / 1e3} ms (${steps} of them), takes steps of at least 500 ms`,
    )
  }
  return {
    ...common,
    steps,
    stepUs,
    refusal: own.refusal ?? 0.2,
    gracefulStopUs: own.gracefulStop ?? 5e6,
  }
}

/** The levels of the ramp, lowest first: evenly from `from` to `to`. */
export function rampLevels({ by, from, to, steps }: ExhaustionQuestion): readonly number[] {
  const levels = Array.from({ length: steps }, (_, i) => from + ((to - from) * i) / (steps - 1))
  return [...new Set(levels.map((level) => (by === 'users' ? Math.round(level) : Number(level.toPrecision(4)))))]
}
