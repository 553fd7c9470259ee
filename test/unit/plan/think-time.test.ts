import { describe, expect, test } from 'vitest'
import type { ThinkTimePlan } from '../../../src/domain/load-plan.ts'
import { seededRandom } from '../../../src/domain/random.ts'
import { thinkTime, thinkUs } from '../../../src/plan/think-time.ts'

const draws = (plan: ThinkTimePlan, n = 20_000): number[] => {
  const random = seededRandom(5)
  return Array.from({ length: n }, () => thinkUs(plan, random)).sort((a, b) => a - b)
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('think times', () => {
  test.each<[unknown, ThinkTimePlan]>([
    ['1s', { minUs: 1e6, maxUs: 1e6 }],
    [['1s', 3000], { minUs: 1e6, maxUs: 3e6 }],
    [{ exponential: '2s' }, { distribution: 'exponential', meanUs: 2e6 }],
    [{ normal: ['2s', '500ms'] }, { distribution: 'normal', meanUs: 2e6, deviationUs: 5e5 }],
    [{ lognormal: ['2s', 0.5] }, { distribution: 'lognormal', medianUs: 2e6, sigma: 0.5 }],
  ])('written as %j', (option, plan) => {
    expect(thinkTime.parse(option)).toEqual(plan)
  })

  test('are constant or even over a range', () => {
    expect(new Set(draws({ minUs: 500, maxUs: 500 }, 10))).toEqual(new Set([500]))
    const even = draws({ minUs: 1e6, maxUs: 3e6 })
    expect(even[0]).toBeGreaterThanOrEqual(1e6)
    expect(even.at(-1)).toBeLessThanOrEqual(3e6)
    expect(Math.abs(mean(even) / 2e6 - 1)).toBeLessThan(0.01)
  })

  test('are exponential: their mean is 1 / ln 2 of their median', () => {
    const times = draws({ distribution: 'exponential', meanUs: 2e6 })
    expect(Math.abs(mean(times) / 2e6 - 1)).toBeLessThan(0.03)
    expect(Math.abs(times[10_000]! / (2e6 * Math.LN2) - 1)).toBeLessThan(0.04)
  })

  test('are normal, and never below 0', () => {
    const times = draws({ distribution: 'normal', meanUs: 2e6, deviationUs: 5e5 })
    expect(Math.abs(times[10_000]! / 2e6 - 1)).toBeLessThan(0.01)
    // One standard deviation up: the quantile 0.8413.
    expect(Math.abs(times[16_827]! / 2.5e6 - 1)).toBeLessThan(0.015)
    const halved = draws({ distribution: 'normal', meanUs: 0, deviationUs: 1e6 })
    expect(halved[0]).toBeGreaterThanOrEqual(0)
    // Drawn again and not clamped: the mean of a half-normal, and hardly a user without a pause.
    expect(Math.abs(mean(halved) / (1e6 * Math.sqrt(2 / Math.PI)) - 1)).toBeLessThan(0.03)
    expect(halved[200]).toBeGreaterThan(5000)
  })

  test('are log-normal around their median', () => {
    const times = draws({ distribution: 'lognormal', medianUs: 2e6, sigma: 0.5 })
    expect(Math.abs(times[10_000]! / 2e6 - 1)).toBeLessThan(0.02)
    expect(Math.abs(times[16_827]! / (2e6 * Math.exp(0.5)) - 1)).toBeLessThan(0.03)
  })

  test('of two users differ, and follow from the seed', () => {
    const of = (user: number): number[] => {
      const random = seededRandom(1, user)
      return Array.from({ length: 5 }, () => thinkUs({ distribution: 'exponential', meanUs: 1e6 }, random))
    }
    expect(of(0)).toEqual(of(0))
    expect(of(0)).not.toEqual(of(1))
  })
})
