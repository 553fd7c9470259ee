import * as z from 'zod'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { MonitorPlan } from '../domain/monitor-plan.ts'
import { DURATION_FORM } from '../domain/quantity.ts'
import { abortOn } from './abort-options.ts'
import { ALERTS } from './alert-options.ts'
import { duration, optionsPart, type OptionsPart, whole } from './load-schema.ts'
import { MONITORS } from './monitor-options.ts'

/** What the common options settle of a plan; absent values have defaults that depend on more than the options. */
type CommonPlan = Pick<
  LoadPlan,
  'warmup' | 'cooldownUs' | 'gracefulStopUs' | 'seed' | 'slo' | 'abortOn' | 'onLostGenerator'
> & {
  readonly [Key in 'label' | 'generators' | 'alerts' | 'onInvalid' | 'onInconclusive']: LoadPlan[Key] | undefined
} & {
  readonly monitors: Partial<MonitorPlan>
}

const DEFAULT_GRACEFUL_STOP_US = 30e6

const warmup = z.union(
  [
    duration('zero').transform((durationUs): LoadPlan['warmup'] => ({ kind: 'duration', durationUs })),
    z.strictObject({ requests: whole(0) }).transform((option): LoadPlan['warmup'] => ({ kind: 'requests', ...option })),
    z.literal('auto').transform((kind): LoadPlan['warmup'] => ({ kind })),
  ],
  `takes ${DURATION_FORM}, { requests: n }, or 'auto'`,
)

const slo = z
  .strictObject({
    latency: duration('positive').optional(),
    ttft: duration('positive').optional(),
    tpot: duration('positive').optional(),
  })
  .refine((limits) => Object.keys(limits).length > 0, 'takes at least one of latency, ttft, tpot')
  .transform(({ latency, ttft, tpot }) => ({
    latencyUs: latency ?? null,
    ttftUs: ttft ?? null,
    tpotUs: tpot ?? null,
  }))

/** Options that every profile takes. */
export const COMMON_OPTIONS: OptionsPart<CommonPlan> = optionsPart(
  {
    label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
    warmup: warmup.optional(),
    cooldown: duration('zero').optional(),
    gracefulStop: duration('zero').optional(),
    generators: whole(1, 64).optional(),
    onLostGenerator: z.enum(['invalid', 'redeal'], "takes 'invalid' or 'redeal'").optional(),
    seed: z.int('takes a whole number').optional(),
    slo: slo.optional(),
    abortOn: abortOn.optional(),
    monitors: MONITORS.optional(),
    alert: ALERTS.optional(),
    onInvalid: z.enum(['fail', 'warn'], "takes 'fail' or 'warn'").optional(),
    onInconclusive: z.enum(['warn', 'fail', 'rerun'], "takes 'warn', 'fail' or 'rerun'").optional(),
  },
  (options): CommonPlan => ({
    label: options.label,
    warmup: options.warmup ?? { kind: 'duration', durationUs: 0 },
    cooldownUs: options.cooldown ?? 0,
    gracefulStopUs: options.gracefulStop ?? DEFAULT_GRACEFUL_STOP_US,
    generators: options.generators,
    onLostGenerator: options.onLostGenerator ?? 'invalid',
    seed: options.seed ?? 1,
    slo: options.slo ?? null,
    abortOn: options.abortOn ?? [],
    monitors: options.monitors ?? {},
    alerts: options.alert,
    onInvalid: options.onInvalid,
    onInconclusive: options.onInconclusive,
  }),
)
