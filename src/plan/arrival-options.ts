import * as z from 'zod'
import type { ArrivalsPlan, BurstPlan, RateStep } from '../domain/load-plan.ts'
import {
  ARRIVAL_LIMITS,
  DEFAULT_MAX_USERS,
  duration,
  optionsPart,
  type OptionsPart,
  positive,
  type Refuse,
  users,
  whole,
} from './load-schema.ts'

const BURSTINESS = 'takes a number from 0.01 to 1,000: 1 as Poisson, below burstier, above more regular'

const arrival = {
  arrivals: z.enum(['uniform', 'poisson', 'gamma'], "takes 'uniform', 'poisson' or 'gamma'").optional(),
  // Far below, nearly all gaps are nothing and the rest are endless; far above, arrivals are uniform.
  burstiness: z.number(BURSTINESS).min(0.01, BURSTINESS).max(1000, BURSTINESS).optional(),
  ...ARRIVAL_LIMITS,
}

type ArrivalOptions = z.output<z.ZodObject<typeof arrival>>

function arrivalPlan(options: ArrivalOptions, refuse: Refuse): Omit<ArrivalsPlan, 'executor' | 'steps'> {
  const { arrivals = 'uniform', burstiness } = options
  if (burstiness !== undefined && arrivals !== 'gamma')
    refuse('burstiness', `takes nothing with arrivals '${arrivals}': give arrivals: 'gamma'`)
  return {
    arrivals,
    ...(arrivals === 'gamma' ? { burstiness: burstiness ?? 1 } : {}),
    maxUsers: options.maxUsers ?? DEFAULT_MAX_USERS,
    maxQueue: options.maxQueue ?? null,
  }
}

const sine = z
  .strictObject({ amplitude: positive, period: duration('positive') })
  .transform(({ amplitude, period }) => ({ amplitudePerSecond: amplitude, periodUs: period }))

const spike = z.strictObject({
  rate: positive,
  at: duration('positive'),
  for: duration('positive'),
  ramp: duration('zero').optional(),
})

/** `{ rate, duration }`, also with a `sine` or a `spike`. */
export const CONSTANT_RATE: OptionsPart<ArrivalsPlan> = optionsPart(
  { ...arrival, rate: positive, duration: duration('positive'), sine: sine.optional(), spike: spike.optional() },
  (options, refuse): ArrivalsPlan => {
    const common = arrivalPlan(options, refuse)
    const step: RateStep = { ratePerSecond: options.rate, durationUs: options.duration, rampUs: 0 }
    if (options.sine !== undefined && options.spike !== undefined)
      refuse('spike', 'takes nothing beside sine: give one of the two')
    if (options.spike !== undefined)
      return { executor: 'ramping-arrival-rate', steps: spikeSteps(step, options.spike, refuse), ...common }
    if (options.sine === undefined) return { executor: 'constant-arrival-rate', steps: [step], ...common }
    if (options.sine.amplitudePerSecond > options.rate)
      refuse(['sine', 'amplitude'], `takes a number up to rate (${options.rate}): there are no arrivals below 0/s`)
    return { executor: 'sine-arrival-rate', steps: [{ ...step, sine: options.sine }], ...common }
  },
)

/** Before, at and after the spike are steps of their own, so that each is judged by itself. */
function spikeSteps(whole: RateStep, options: z.output<typeof spike>, refuse: Refuse): RateStep[] {
  const { rate, at, for: forUs, ramp = 0 } = options
  const afterUs = whole.durationUs - at - forUs - 2 * ramp
  if (at >= whole.durationUs) refuse(['spike', 'at'], 'takes a time inside the duration')
  else if (afterUs <= 0)
    refuse('spike', 'takes a spike (at, ramp, for and ramp again) that is over before the duration is')
  return [
    { ...whole, durationUs: at },
    { ratePerSecond: rate, durationUs: forUs, rampUs: ramp },
    { ...whole, durationUs: afterUs, rampUs: ramp },
  ]
}

const rateStep = z
  .strictObject({ rate: positive, duration: duration('positive'), ramp: duration('zero').optional() })
  .transform((step) => ({ ratePerSecond: step.rate, durationUs: step.duration, rampUs: step.ramp ?? 0 }))

/** `{ steps: [{ rate, duration }] }`. */
export const STEPPED_RATE: OptionsPart<ArrivalsPlan> = optionsPart(
  { ...arrival, steps: z.array(rateStep, 'takes a list of steps').min(1, 'takes at least one step') },
  (options, refuse): ArrivalsPlan => ({
    executor: 'ramping-arrival-rate',
    steps: options.steps,
    ...arrivalPlan(options, refuse),
  }),
)

/** `{ burst }`, also with `bursts` and `every`. */
export const BURSTS: OptionsPart<BurstPlan> = optionsPart(
  { burst: users, bursts: whole(1, 100_000).optional(), every: duration('positive').optional(), ...ARRIVAL_LIMITS },
  ({ burst, bursts = 1, every, maxUsers, maxQueue }, refuse): BurstPlan => {
    if (bursts > 1 && every === undefined) refuse('every', `takes the time between the ${bursts} bursts, such as '5s'`)
    if (bursts === 1 && every !== undefined) refuse('bursts', 'takes a whole number from 2 when every is given')
    if (maxUsers !== undefined && maxUsers < burst)
      refuse('burst', `takes a number up to maxUsers (${maxUsers}): the rest would wait and not come at once`)
    return {
      executor: 'burst-arrivals',
      burst,
      bursts,
      everyUs: every ?? null,
      // Room for a burst that comes while the last one is still being answered.
      maxUsers: maxUsers ?? Math.max(DEFAULT_MAX_USERS, 2 * burst),
      maxQueue: maxQueue ?? null,
    }
  },
)
