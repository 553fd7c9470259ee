import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan, ProfilePlan, RateStep, Slo, ThinkTimePlan, UserStep, WarmupPlan } from '../domain/load-plan.ts'
import { DURATION_FORM, describe, type Duration, durationUs } from '../domain/quantity.ts'
import type { ScenarioPlan } from '../domain/scenario.ts'
import { optionsError } from '../domain/options-error.ts'

/** Start of every load option's error: which call it came from. */
const LOAD = 'load(scenario, options)'
const PROFILES_HINT =
  'give one of { users, iterations }, { users, iterationsPerUser }, { users, duration }, { rate, duration }, { steps: [{ rate | users, duration }] }'

/** A duration that must be given in one of the known forms; parsed to microseconds. */
const duration = (allow: 'zero' | 'positive'): z.ZodType<number, Duration> =>
  z
    .custom<Duration>(
      (input) => {
        const us = durationUs(input)
        return us !== null && (allow === 'zero' || us > 0)
      },
      `takes ${DURATION_FORM}${allow === 'positive' ? ', over 0' : ''}`,
    )
    .transform((input) => durationUs(input)!)

const positive = z
  .number('takes a number over 0')
  .positive('takes a number over 0')
  .max(1e6, 'takes a number up to 1,000,000')
const count = z.int('takes a whole number from 1').min(1, 'takes a whole number from 1')
const users = count.max(100_000, 'takes a whole number from 1 to 100,000')

const thinkTime = z.union(
  [duration('zero'), z.tuple([duration('zero'), duration('zero')], "takes a duration or a pair such as ['1s', '3s']")],
  "takes a duration or a pair such as ['1s', '3s']",
)

const slo = z
  .strictObject({
    latency: duration('positive').optional(),
    ttft: duration('positive').optional(),
    tpot: duration('positive').optional(),
  })
  .refine((limits) => Object.keys(limits).length > 0, 'takes at least one of latency, ttft, tpot')

/** Options that every profile takes. */
const common = {
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
  warmup: z
    .union(
      [
        duration('zero'),
        z.strictObject({ requests: z.int('takes a whole number from 0').min(0, 'takes a whole number from 0') }),
      ],
      `takes ${DURATION_FORM}, or { requests: n }`,
    )
    .optional(),
  cooldown: duration('zero').optional(),
  gracefulStop: duration('zero').optional(),
  generators: count.max(64, 'takes a whole number from 1 to 64').optional(),
  seed: z.int('takes a whole number').optional(),
  slo: slo.optional(),
  onInvalid: z.enum(['fail', 'warn'], "takes 'fail' or 'warn'").optional(),
  onInconclusive: z.enum(['warn', 'fail'], "takes 'warn' or 'fail'").optional(),
}

const arrival = {
  arrivals: z.enum(['uniform', 'poisson'], "takes 'uniform' or 'poisson'").optional(),
  maxUsers: users.optional(),
  maxQueue: z.int('takes a whole number from 0').min(0, 'takes a whole number from 0').optional(),
}

const rateStep = z.strictObject({ rate: positive, duration: duration('positive'), ramp: duration('zero').optional() })
const userStep = z.strictObject({ users, duration: duration('positive'), ramp: duration('zero').optional() })

/** One strict schema per executor; which one applies is told by the keys that are present. */
const PROFILE_SCHEMAS = {
  'shared-iterations': z.strictObject({
    ...common,
    users,
    iterations: count,
    thinkTime: thinkTime.optional(),
    maxDuration: duration('positive').optional(),
  }),
  'per-vu-iterations': z.strictObject({
    ...common,
    users,
    iterationsPerUser: count,
    thinkTime: thinkTime.optional(),
    maxDuration: duration('positive').optional(),
  }),
  'constant-vus': z.strictObject({
    ...common,
    users,
    duration: duration('positive'),
    spawnRate: positive.optional(),
    thinkTime: thinkTime.optional(),
  }),
  'constant-arrival-rate': z.strictObject({ ...common, ...arrival, rate: positive, duration: duration('positive') }),
  'ramping-arrival-rate': z.strictObject({
    ...common,
    ...arrival,
    steps: z.array(rateStep, 'takes a list of steps').min(1, 'takes at least one step'),
  }),
  'ramping-vus': z.strictObject({
    ...common,
    steps: z.array(userStep, 'takes a list of steps').min(1, 'takes at least one step'),
    spawnRate: positive.optional(),
    thinkTime: thinkTime.optional(),
  }),
} as const

type Executor = keyof typeof PROFILE_SCHEMAS

const SECOND_US = 1e6
const DEFAULT_GRACEFUL_STOP_US = 30 * SECOND_US
const DEFAULT_MAX_DURATION_US = 600 * SECOND_US
const DEFAULT_MAX_USERS = 1000

/** Defaults that a project sets for all of its loads. */
export interface LoadDefaults {
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: 'warn' | 'fail'
}

/** What a plan needs beside the user's options. */
export interface PlanContext {
  readonly id: string
  /** Label when the user gives none. */
  readonly label: string
  readonly defaults: LoadDefaults
}

/**
 * Resolves what the user wrote into a plan.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function resolveLoad(scenario: ScenarioPlan, options: unknown, context: PlanContext): LoadPlan {
  const executor = executorOf(options)
  const result = PROFILE_SCHEMAS[executor].safeParse(options)
  if (!result.success) {
    throw optionsError(LOAD, result.error.issues, options, Object.keys(PROFILE_SCHEMAS[executor].shape))
  }
  const parsed = result.data
  const profile = profileOf(executor, parsed)
  return {
    id: context.id,
    label: parsed.label ?? context.label,
    scenario,
    profile,
    warmup: warmupOf(parsed.warmup),
    cooldownUs: parsed.cooldown ?? 0,
    gracefulStopUs: parsed.gracefulStop ?? DEFAULT_GRACEFUL_STOP_US,
    generators: generatorsFor(parsed.generators, profile),
    seed: parsed.seed ?? 1,
    slo: sloOf(parsed.slo),
    onInvalid: parsed.onInvalid ?? context.defaults.onInvalid,
    onInconclusive: parsed.onInconclusive ?? context.defaults.onInconclusive,
  }
}

/** The union of all parsed shapes: every profile option may be absent. */
interface AnyProfile {
  readonly users?: number
  readonly iterations?: number
  readonly iterationsPerUser?: number
  readonly duration?: number
  readonly rate?: number
  readonly spawnRate?: number | undefined
  readonly thinkTime?: number | [number, number] | undefined
  readonly maxDuration?: number | undefined
  readonly arrivals?: 'uniform' | 'poisson' | undefined
  readonly maxUsers?: number | undefined
  readonly maxQueue?: number | undefined
  readonly steps?: readonly { rate?: number; users?: number; duration: number; ramp?: number | undefined }[]
}

/** Which executor the keys ask for. */
function executorOf(options: unknown): Executor {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new LoadError('invalid-option', `${LOAD}: the options: got ${describe(options)}, takes an object`, {
      hint: PROFILES_HINT,
    })
  }
  const has = (key: string): boolean => (options as Record<string, unknown>)[key] !== undefined
  const shapes = ['rate', 'iterations', 'iterationsPerUser', 'steps'].filter(has)
  if (shapes.length > 1) {
    throw new LoadError('invalid-option', `${LOAD}: options ${shapes.join(' and ')} exclude each other`, {
      hint: PROFILES_HINT,
    })
  }
  if (has('rate')) return 'constant-arrival-rate'
  if (has('iterations')) return 'shared-iterations'
  if (has('iterationsPerUser')) return 'per-vu-iterations'
  if (has('steps')) {
    const steps = (options as { steps: unknown }).steps
    const first: unknown = Array.isArray(steps) ? steps[0] : undefined
    return typeof first === 'object' && first !== null && 'users' in first ? 'ramping-vus' : 'ramping-arrival-rate'
  }
  if (has('users')) return 'constant-vus'
  throw new LoadError('invalid-option', `${LOAD}: no load profile: got ${describe(options)}`, { hint: PROFILES_HINT })
}

function profileOf(executor: Executor, options: AnyProfile): ProfilePlan {
  const thinkTime = thinkTimeOf(options.thinkTime)
  const spawnRatePerSecond = options.spawnRate ?? null
  switch (executor) {
    case 'shared-iterations':
      return {
        executor,
        users: options.users!,
        iterations: options.iterations!,
        thinkTime,
        maxDurationUs: options.maxDuration ?? DEFAULT_MAX_DURATION_US,
      }
    case 'per-vu-iterations':
      return {
        executor,
        users: options.users!,
        iterationsPerUser: options.iterationsPerUser!,
        thinkTime,
        maxDurationUs: options.maxDuration ?? DEFAULT_MAX_DURATION_US,
      }
    case 'constant-vus':
      return {
        executor,
        steps: [{ users: options.users!, durationUs: options.duration!, rampUs: 0 }],
        spawnRatePerSecond,
        thinkTime,
      }
    case 'ramping-vus':
      return {
        executor,
        steps: options.steps!.map((step): UserStep => ({
          users: step.users!,
          durationUs: step.duration,
          rampUs: step.ramp ?? 0,
        })),
        spawnRatePerSecond,
        thinkTime,
      }
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate': {
      const steps =
        executor === 'constant-arrival-rate'
          ? [{ ratePerSecond: options.rate!, durationUs: options.duration!, rampUs: 0 }]
          : options.steps!.map((step): RateStep => ({
              ratePerSecond: step.rate!,
              durationUs: step.duration,
              rampUs: step.ramp ?? 0,
            }))
      return {
        executor,
        steps,
        arrivals: options.arrivals ?? 'uniform',
        maxUsers: options.maxUsers ?? DEFAULT_MAX_USERS,
        maxQueue: options.maxQueue ?? null,
      }
    }
  }
}

function thinkTimeOf(option: number | [number, number] | undefined): ThinkTimePlan | null {
  if (option === undefined) return null
  const [minUs, maxUs] = typeof option === 'number' ? [option, option] : option
  if (minUs > maxUs)
    throw new LoadError('invalid-option', `${LOAD}: option thinkTime: the first end is over the second`)
  return { minUs, maxUs }
}

function warmupOf(option: number | { requests: number } | undefined): WarmupPlan {
  if (option === undefined) return { kind: 'duration', durationUs: 0 }
  return typeof option === 'number'
    ? { kind: 'duration', durationUs: option }
    : { kind: 'requests', requests: option.requests }
}

function sloOf(
  option: { latency?: number | undefined; ttft?: number | undefined; tpot?: number | undefined } | undefined,
): Slo | null {
  return option === undefined
    ? null
    : { latencyUs: option.latency ?? null, ttftUs: option.ttft ?? null, tpotUs: option.tpot ?? null }
}

/** More processes than users, or than cores that can run beside the target, would only disturb. */
function generatorsFor(asked: number | undefined, profile: ProfilePlan): number {
  const largest = largestLevel(profile)
  const users = 'maxUsers' in profile ? profile.maxUsers : largest
  const wanted =
    asked ??
    Math.min(Math.ceil(largest / ('maxUsers' in profile ? 3000 : 1000)), Math.max(1, availableParallelism() - 1))
  return Math.max(1, Math.min(wanted, users))
}

function largestLevel(profile: ProfilePlan): number {
  if ('users' in profile) return profile.users
  return Math.max(...profile.steps.map((step) => ('users' in step ? step.users : step.ratePerSecond)))
}
