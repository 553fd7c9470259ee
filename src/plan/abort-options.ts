import * as z from 'zod'
import type { AbortRule } from '../domain/abort-rule.ts'
import { SHARE_FORM, type Duration, type Share, shareOf } from '../domain/quantity.ts'
import { duration } from './load-schema.ts'

interface RuleSpanOptions {
  /** How long it must hold, rounded up to whole seconds. @default '10s' */
  readonly for?: Duration
  /** Whether the warm-up is left out. @default false */
  readonly skipWarmup?: boolean
}

/** When a load ends early, and its test fails with what was measured so far. */
export type AbortRuleOptions =
  /** Failed, dropped and missed requests are over this share of all. */
  | (RuleSpanOptions & { readonly errorRate: Share })
  /** A percentile of the latency is at or over this; requests without a good answer count as endlessly slow. */
  | (RuleSpanOptions & { readonly p50: Duration })
  | (RuleSpanOptions & { readonly p90: Duration })
  | (RuleSpanOptions & { readonly p95: Duration })
  | (RuleSpanOptions & { readonly p99: Duration })
  /** Latency and requests in flight both rise: more comes than the target can serve. `for` takes at least '5s'. */
  | (RuleSpanOptions & { readonly saturation: true })
  /** For so long no answer came, and requests failed to connect or timed out. */
  | (Omit<RuleSpanOptions, 'for'> & { readonly targetGone: Duration })

const DEFAULT_SPAN_US = 10e6
/** Fewer seconds show no slope. */
const SHORTEST_SATURATION_US = 5e6

const share = z
  .custom<Share>((input) => shareOf(input) !== null && shareOf(input)! < 1, `takes ${SHARE_FORM}, under all`)
  .transform((input) => shareOf(input)!)
const skipWarmup = z.boolean('takes true or false').optional()
const span = { for: duration('positive').optional(), skipWarmup }

function spanOf(forUs: number | undefined, skip: boolean | undefined): Pick<AbortRule, 'seconds' | 'inWarmup'> {
  return { seconds: Math.ceil((forUs ?? DEFAULT_SPAN_US) / 1e6), inWarmup: skip !== true }
}

const errorRate = z
  .strictObject({ errorRate: share, ...span })
  .transform((rule): AbortRule => ({ kind: 'error-rate', limit: rule.errorRate, ...spanOf(rule.for, rule.skipWarmup) }))

const percentile = ([name, percent]: readonly [string, number]): z.ZodType<AbortRule> =>
  z.strictObject({ [name]: duration('positive'), ...span }).transform((rule): AbortRule => ({
    kind: 'percentile',
    percent,
    limitUs: (rule as Readonly<Record<string, number>>)[name]!,
    ...spanOf(rule.for, rule.skipWarmup),
  }))

const saturation = z
  .strictObject({
    saturation: z.literal(true, 'takes true'),
    ...span,
    for: duration('positive')
      .refine((us) => us >= SHORTEST_SATURATION_US, "takes at least '5s'")
      .optional(),
  })
  .transform((rule): AbortRule => ({ kind: 'saturation', ...spanOf(rule.for, rule.skipWarmup) }))

const targetGone = z
  .strictObject({ targetGone: duration('positive'), skipWarmup })
  .transform((rule): AbortRule => ({ kind: 'target-gone', ...spanOf(rule.targetGone, rule.skipWarmup) }))

const TAKES =
  "takes a rule such as { errorRate: '20%', for: '10s' }, one of errorRate, p50, p90, p95, p99, saturation, targetGone"

const rules = [
  errorRate,
  ...(
    [
      ['p50', 50],
      ['p90', 90],
      ['p95', 95],
      ['p99', 99],
    ] as const
  ).map(percentile),
  saturation,
  targetGone,
]

/** One rule, or a list of them. */
export const abortOn: z.ZodType<readonly AbortRule[]> = z
  .union([z.array(z.union(rules, TAKES)).min(1, 'takes at least one rule'), ...rules], `${TAKES}; or a list of them`)
  .transform((option) => [option].flat())
