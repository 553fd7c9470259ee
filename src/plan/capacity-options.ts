import * as z from 'zod'
import type { SearchLimits } from '../domain/capacity.ts'
import type { Duration, Share } from '../domain/quantity.ts'
import { duration, positive, whole } from './load-schema.ts'
import { parseSearch, refusal, type SearchOptions, type SearchQuestion, share } from './search-options.ts'

type PercentileName = 'p50' | 'p90' | 'p95' | 'p99' | 'p999'

/** Limits of percentiles, e.g. `{ p95: '400ms' }`. */
export type PercentileLimits = Readonly<Partial<Record<PercentileName, Duration>>>

/** What must be kept: every limit that is given, and always that the load is sustained. */
export interface UntilOptions extends PercentileLimits {
  /** Time to the first token. */
  readonly ttft?: PercentileLimits
  /** Time per output token after the first. */
  readonly tpot?: PercentileLimits
  /** Largest share of requests without a good answer. @default '1%' */
  readonly errorRate?: Share
  /** Smallest share of requests that meet `slo`. */
  readonly goodFraction?: Share
}

/** Options of `capacity()`. */
export interface CapacityOptions extends SearchOptions {
  /** Lowest level that is tried; requests per second, or users. */
  readonly from: number
  /** Highest level that is tried. */
  readonly to: number
  /** What a level must keep to pass. */
  readonly until: UntilOptions
  /** Width of the bracket between passing and failing level at the end, relative to its lower end. @default '5%' */
  readonly precision?: Share
  /** Length of a short trial; longer where the rate is too low for a percentile. Confirming ones take twice as long. @default '5s' */
  readonly trial?: Duration
  /** Warm-up of each trial; longer where the target's latency is longer. @default '1s' */
  readonly warmup?: Duration
  /** How long an overloaded target may take to answer quickly again before the next trial. @default '30s' */
  readonly settle?: Duration
  /** Trials by which the passing ones must lead at the answer. @default 3 */
  readonly confirm?: number
  /** Trials after which the search ends with what it knows. @default 50 */
  readonly maxTrials?: number
  /** Time after which no further trial starts. @default unlimited */
  readonly maxDuration?: Duration
}

/** The options, resolved: microseconds and shares. */
export interface CapacityQuestion extends SearchQuestion {
  readonly limits: SearchLimits
  readonly precision: number
  readonly trialUs: number
  readonly warmupUs: number
  readonly settleUs: number
  readonly confirm: number
  readonly maxTrials: number
  /** `Infinity` without a limit. */
  readonly maxDurationUs: number
}

const WHERE = 'capacity(scenario, options)'
const PERCENTILES: Readonly<Record<PercentileName, number>> = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 }

const percentileFields = {
  p50: duration('positive').optional(),
  p90: duration('positive').optional(),
  p95: duration('positive').optional(),
  p99: duration('positive').optional(),
  p999: duration('positive').optional(),
}
const UNTIL_HINT =
  "takes limits such as { p99: '500ms', ttft: { p95: '400ms' }, tpot: { p90: '50ms' }, errorRate: '1%', goodFraction: '99%' }; percentiles are p50, p90, p95, p99, p999"

const until = z
  .strictObject(
    {
      ...percentileFields,
      ttft: z.strictObject(percentileFields).optional(),
      tpot: z.strictObject(percentileFields).optional(),
      errorRate: share('any').optional(),
      goodFraction: share('any').optional(),
    },
    UNTIL_HINT,
  )
  .refine((limits) => Object.values(limits).some((limit) => limit !== undefined), UNTIL_HINT)
  .transform(({ ttft = {}, tpot = {}, errorRate = null, goodFraction = null, ...latency }): SearchLimits => ({
    percentiles: (['latency', 'ttft', 'tpot'] as const).flatMap((metric) =>
      Object.entries({ latency, ttft, tpot }[metric]).flatMap(([name, limitUs]) =>
        limitUs === undefined ? [] : [{ metric, p: PERCENTILES[name as PercentileName], limitUs }],
      ),
    ),
    errorRate,
    goodFraction,
  }))

const FIELDS = {
  from: positive,
  until,
  precision: share('part').optional(),
  trial: duration('positive').optional(),
  warmup: duration('zero').optional(),
  settle: duration('zero').optional(),
  confirm: whole(1, 100).optional(),
  maxTrials: whole(1, 1000).optional(),
  maxDuration: duration('positive').optional(),
}

/**
 * Resolves the options of `capacity()`.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function capacityQuestion(options: unknown): CapacityQuestion {
  const call = { where: WHERE, label: 'capacity', from: (to: number): number => to }
  const { common, own } = parseSearch(call, options, FIELDS)
  if (own.until.goodFraction !== null && common.passedOn.slo === undefined) {
    throw refusal(
      WHERE,
      "option until.goodFraction: needs the option slo, e.g. slo: { latency: '500ms' }, which says what is good",
    )
  }
  return {
    ...common,
    limits: own.until,
    precision: own.precision ?? 0.05,
    trialUs: own.trial ?? 5e6,
    warmupUs: own.warmup ?? 1e6,
    settleUs: own.settle ?? 30e6,
    confirm: own.confirm ?? 3,
    maxTrials: own.maxTrials ?? 50,
    maxDurationUs: own.maxDuration ?? Infinity,
  }
}
