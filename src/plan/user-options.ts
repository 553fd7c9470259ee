import * as z from 'zod'
import type { PerUserIterationsPlan, SharedIterationsPlan, UsersPlan } from '../domain/load-plan.ts'
import { duration, optionsPart, type OptionsPart, positive, users, whole } from './load-schema.ts'
import { thinkTime } from './think-time.ts'

const DEFAULT_MAX_DURATION_US = 600e6

/** `{ users, iterations }`. */
export const SHARED_ITERATIONS: OptionsPart<SharedIterationsPlan> = optionsPart(
  { users, iterations: whole(1), thinkTime: thinkTime.optional(), maxDuration: duration('positive').optional() },
  (options): SharedIterationsPlan => ({
    executor: 'shared-iterations',
    users: options.users,
    iterations: options.iterations,
    thinkTime: options.thinkTime ?? null,
    maxDurationUs: options.maxDuration ?? DEFAULT_MAX_DURATION_US,
  }),
)

/** `{ users, iterationsPerUser }`. */
export const PER_USER_ITERATIONS: OptionsPart<PerUserIterationsPlan> = optionsPart(
  { users, iterationsPerUser: whole(1), thinkTime: thinkTime.optional(), maxDuration: duration('positive').optional() },
  (options): PerUserIterationsPlan => ({
    executor: 'per-vu-iterations',
    users: options.users,
    iterationsPerUser: options.iterationsPerUser,
    thinkTime: options.thinkTime ?? null,
    maxDurationUs: options.maxDuration ?? DEFAULT_MAX_DURATION_US,
  }),
)

/** `{ users, duration }`. */
export const CONSTANT_USERS: OptionsPart<UsersPlan> = optionsPart(
  { users, duration: duration('positive'), spawnRate: positive.optional(), thinkTime: thinkTime.optional() },
  (options): UsersPlan => ({
    executor: 'constant-vus',
    steps: [{ users: options.users, durationUs: options.duration, rampUs: 0 }],
    spawnRatePerSecond: options.spawnRate ?? null,
    thinkTime: options.thinkTime ?? null,
  }),
)

const userStep = z
  .strictObject({ users, duration: duration('positive'), ramp: duration('zero').optional() })
  .transform((step) => ({ users: step.users, durationUs: step.duration, rampUs: step.ramp ?? 0 }))

/** `{ steps: [{ users, duration }] }`. */
export const STEPPED_USERS: OptionsPart<UsersPlan> = optionsPart(
  {
    steps: z.array(userStep, 'takes a list of steps').min(1, 'takes at least one step'),
    spawnRate: positive.optional(),
    thinkTime: thinkTime.optional(),
  },
  (options): UsersPlan => ({
    executor: 'ramping-vus',
    steps: options.steps,
    spawnRatePerSecond: options.spawnRate ?? null,
    thinkTime: options.thinkTime ?? null,
  }),
)
