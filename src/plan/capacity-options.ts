import { z } from 'zod'
import type { LevelKind, SearchLimits } from '../domain/capacity.ts'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import { describe, type Duration, type Share, SHARE_FORM, shareOf } from '../domain/quantity.ts'
import { duration, positive, whole } from './load-schema.ts'
import type { CommonLoadOptions, ThinkTime } from './load-options.ts'

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
export interface CapacityOptions extends Pick<
  CommonLoadOptions,
  'label' | 'generators' | 'seed' | 'slo' | 'onInvalid' | 'onInconclusive'
> {
  /** Lowest level that is tried; requests per second, or users. */
  readonly from: number
  /** Highest level that is tried. */
  readonly to: number
  /** What a level must keep to pass. */
  readonly until: UntilOptions
  /** What a level counts. @default 'rate' */
  readonly by?: LevelKind
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
  /** How arrivals are spaced, by rate. Real traffic is nearer to 'poisson', whose trials must be longer for the same precision. @default 'uniform' */
  readonly arrivals?: 'uniform' | 'poisson'
  /** By rate: most requests in flight. @default 1000 */
  readonly maxUsers?: number
  /** By users: pause between two iterations. */
  readonly thinkTime?: ThinkTime
}

/** The options, resolved: microseconds and shares. */
export interface CapacityQuestion {
  readonly by: LevelKind
  readonly from: number
  readonly to: number
  readonly limits: SearchLimits
  readonly precision: number
  readonly trialUs: number
  readonly warmupUs: number
  readonly settleUs: number
  readonly confirm: number
  readonly maxTrials: number
  /** `Infinity` without a limit. */
  readonly maxDurationUs: number
  readonly arrivals: 'uniform' | 'poisson'
  readonly seed: number
  readonly label: string
  /** What every trial takes over as it is. */
  readonly passedOn: Pick<
    CapacityOptions,
    'generators' | 'slo' | 'onInvalid' | 'onInconclusive' | 'maxUsers' | 'thinkTime'
  >
}

const WHERE = 'capacity(scenario, options)'
const PERCENTILES: Readonly<Record<PercentileName, number>> = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 }

/** A share that must lie strictly between 0 and 1, or may be one of them. */
const share = (allow: 'any' | 'part'): z.ZodType<number, Share> =>
  z
    .custom<Share>(
      (input) => {
        const value = shareOf(input)
        return value !== null && (allow === 'any' || (value > 0 && value < 1))
      },
      `takes ${SHARE_FORM}${allow === 'part' ? ', over 0 and under 100 %' : ''}`,
    )
    .transform((input) => shareOf(input)!)

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
  to: positive,
  until,
  by: z.enum(['rate', 'users'], "takes 'rate' or 'users'").optional(),
  precision: share('part').optional(),
  trial: duration('positive').optional(),
  warmup: duration('zero').optional(),
  settle: duration('zero').optional(),
  confirm: whole(1, 100).optional(),
  maxTrials: whole(1, 1000).optional(),
  maxDuration: duration('positive').optional(),
  arrivals: z.enum(['uniform', 'poisson'], "takes 'uniform' or 'poisson'").optional(),
  seed: z.int('takes a whole number').optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
  // The load's own schema checks these, with the same words as for load().
  ...Object.fromEntries(
    ['generators', 'slo', 'onInvalid', 'onInconclusive', 'maxUsers', 'thinkTime'].map((name) => [
      name,
      z.unknown().optional(),
    ]),
  ),
}

const SCHEMA = z.strictObject(FIELDS)

/**
 * Resolves the options of `capacity()`.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function capacityQuestion(options: unknown): CapacityQuestion {
  const result = SCHEMA.safeParse(options)
  if (!result.success) throw optionsError(WHERE, result.error.issues, options, Object.keys(FIELDS))
  const { data } = result
  const { by = 'rate', from, to, arrivals } = data
  if (from >= to) {
    throw wrong(`options from and to: got ${from} and ${to}, takes a \`from\` below \`to\``)
  }
  if (by === 'users') {
    for (const [name, value] of Object.entries({ from, to })) {
      if (!Number.isInteger(value)) throw wrong(`option ${name}: got ${value}, takes a whole number of users`)
    }
  }
  const passedOn = data as CapacityQuestion['passedOn']
  const foreign = by === 'users' ? { arrivals, maxUsers: passedOn.maxUsers } : { thinkTime: passedOn.thinkTime }
  for (const [name, value] of Object.entries(foreign)) {
    if (value === undefined) continue
    throw wrong(
      `option ${name}: got ${describe(value)}, takes nothing where levels are ${by === 'users' ? 'users' : 'rates'} (by: '${by}')`,
    )
  }
  if (data.until.goodFraction !== null && passedOn.slo === undefined) {
    throw wrong(
      "option until.goodFraction: needs the option slo, e.g. slo: { latency: '500ms' }, which says what is good",
    )
  }
  const { generators, slo, onInvalid, onInconclusive, maxUsers, thinkTime } = passedOn
  return {
    by,
    from,
    to,
    limits: data.until,
    precision: data.precision ?? 0.05,
    trialUs: data.trial ?? 5e6,
    warmupUs: data.warmup ?? 1e6,
    settleUs: data.settle ?? 30e6,
    confirm: data.confirm ?? 3,
    maxTrials: data.maxTrials ?? 50,
    maxDurationUs: data.maxDuration ?? Infinity,
    arrivals: arrivals ?? 'uniform',
    seed: data.seed ?? 1,
    label: data.label ?? 'capacity',
    passedOn: Object.fromEntries(
      Object.entries({ generators, slo, onInvalid, onInconclusive, maxUsers, thinkTime }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  }
}

function wrong(message: string): LoadError {
  return new LoadError('invalid-option', `${WHERE}: ${message}`)
}
