import * as z from 'zod'
import type { ThinkTimePlan } from '../domain/load-plan.ts'
import { duration } from './load-schema.ts'
import { type Random, standardNormal, unitExponential } from '../domain/random.ts'

const FORM =
  "takes a duration, a pair such as ['1s', '3s'] (the smaller one first), { exponential: '2s' }, { normal: ['2s', '500ms'] } or { lognormal: ['2s', 0.5] }"
const NORMAL = "takes mean and deviation, such as ['2s', '500ms']"
const LOGNORMAL = "takes median and sigma, such as ['2s', 0.5]"
const SIGMA = 'takes a number over 0 and up to 10: the deviation of the logarithm'

/** What `thinkTime` takes. */
export const thinkTime: z.ZodType<ThinkTimePlan> = z.union(
  [
    duration('zero').transform((us): ThinkTimePlan => ({ minUs: us, maxUs: us })),
    z
      .tuple([duration('zero'), duration('zero')], FORM)
      .refine(([minUs, maxUs]) => minUs <= maxUs, FORM)
      .transform(([minUs, maxUs]): ThinkTimePlan => ({ minUs, maxUs })),
    z
      .strictObject({ exponential: duration('positive') })
      .transform(({ exponential }): ThinkTimePlan => ({ distribution: 'exponential', meanUs: exponential })),
    z
      .strictObject({ normal: z.tuple([duration('zero'), duration('positive')], NORMAL) })
      .transform(({ normal: [meanUs, deviationUs] }): ThinkTimePlan => ({
        distribution: 'normal',
        meanUs,
        deviationUs,
      })),
    z
      .strictObject({
        lognormal: z.tuple([duration('positive'), z.number(SIGMA).positive(SIGMA).max(10, SIGMA)], LOGNORMAL),
      })
      .transform(({ lognormal: [medianUs, sigma] }): ThinkTimePlan => ({ distribution: 'lognormal', medianUs, sigma })),
  ],
  FORM,
)

/** A draw of a think time in whole microseconds. */
export function thinkUs(plan: ThinkTimePlan, random: Random): number {
  return Math.round(draw(plan, random))
}

function draw(plan: ThinkTimePlan, random: Random): number {
  if (!('distribution' in plan)) return plan.minUs + random() * (plan.maxUs - plan.minUs)
  switch (plan.distribution) {
    case 'exponential':
      return plan.meanUs * unitExponential(random)
    case 'normal':
      return positiveNormal(plan.meanUs, plan.deviationUs, random)
    case 'lognormal':
      return plan.medianUs * Math.exp(plan.sigma * standardNormal(random))
  }
}

/** Drawn again while below 0: clamping would let a part of the users not think at all. */
function positiveNormal(mean: number, deviation: number, random: Random): number {
  for (;;) {
    const us = mean + deviation * standardNormal(random)
    if (us >= 0) return us
  }
}
