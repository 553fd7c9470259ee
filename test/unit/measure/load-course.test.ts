import { describe, expect, test } from 'vitest'
import type { ProfilePlan } from '../../../src/domain/load-plan.ts'
import { levelsOf } from '../../../src/measure/load-course.ts'
import { arrivals, plan, users } from './builders.ts'

const wave = (durationUs: number): ProfilePlan => ({
  ...arrivals(10),
  executor: 'sine-arrival-rate',
  steps: [{ ratePerSecond: 10, durationUs, rampUs: 0, sine: { amplitudePerSecond: 10, periodUs: 2e6 } }],
})
const bursts = (everyUs: number | null): ProfilePlan => ({
  executor: 'burst-arrivals',
  burst: 20,
  bursts: 3,
  everyUs,
  maxUsers: 20,
  maxQueue: null,
})

describe('what a window asks for', () => {
  test.each<[string, ProfilePlan, { ratePerSecond: number | null; users: number | null }[]]>([
    [
      'is the rate of its step',
      arrivals(10, 20),
      [
        { ratePerSecond: 10, users: null },
        { ratePerSecond: 20, users: null },
      ],
    ],
    ['is its users', users(7), [{ ratePerSecond: null, users: 7 }]],
    ['is the centre of a wave of whole periods', wave(60e6), [{ ratePerSecond: 10, users: null }]],
    // The upper half alone brings 2 / pi of the amplitude on top.
    ['is the mean of a part of a wave', wave(1e6), [{ ratePerSecond: 10 + 20 / Math.PI, users: null }]],
    ['is the mean of bursts in a rhythm', bursts(4e6), [{ ratePerSecond: 5, users: null }]],
    ['is no rate with a single burst', bursts(null), [{ ratePerSecond: null, users: null }]],
  ])('%s', (_, profile, levels) => {
    expect(levelsOf(plan(profile))).toEqual(levels)
  })
})
