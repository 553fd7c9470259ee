import { z } from 'zod'
import type { ArrivalsPlan } from '../domain/load-plan.ts'
import { duration, optionsPart, type OptionsPart, positive, users, whole } from './load-schema.ts'

const DEFAULT_MAX_USERS = 1000

const arrival = {
  arrivals: z.enum(['uniform', 'poisson'], "takes 'uniform' or 'poisson'").optional(),
  maxUsers: users.optional(),
  maxQueue: whole(0).optional(),
}

type ArrivalOptions = z.output<z.ZodObject<typeof arrival>>

function arrivalPlan({ arrivals, maxUsers, maxQueue }: ArrivalOptions): Omit<ArrivalsPlan, 'executor' | 'steps'> {
  return { arrivals: arrivals ?? 'uniform', maxUsers: maxUsers ?? DEFAULT_MAX_USERS, maxQueue: maxQueue ?? null }
}

/** `{ rate, duration }`. */
export const CONSTANT_RATE: OptionsPart<ArrivalsPlan> = optionsPart(
  { ...arrival, rate: positive, duration: duration('positive') },
  (options): ArrivalsPlan => ({
    executor: 'constant-arrival-rate',
    steps: [{ ratePerSecond: options.rate, durationUs: options.duration, rampUs: 0 }],
    ...arrivalPlan(options),
  }),
)

const rateStep = z
  .strictObject({ rate: positive, duration: duration('positive'), ramp: duration('zero').optional() })
  .transform((step) => ({ ratePerSecond: step.rate, durationUs: step.duration, rampUs: step.ramp ?? 0 }))

/** `{ steps: [{ rate, duration }] }`. */
export const STEPPED_RATE: OptionsPart<ArrivalsPlan> = optionsPart(
  { ...arrival, steps: z.array(rateStep, 'takes a list of steps').min(1, 'takes at least one step') },
  (options): ArrivalsPlan => ({ executor: 'ramping-arrival-rate', steps: options.steps, ...arrivalPlan(options) }),
)
