import { describe, expect, test } from 'vitest'
import { type Drift, driftOf, type TimedValue } from '../../src/stats/drift.ts'
import { Random } from './random.ts'

const TRIALS = 200
const GROWTH = 0.05

/** How a quantity of level 100 behaves from second to second. */
interface Model {
  readonly seconds: number
  /** Relative noise of a second. */
  readonly noise: number
  /** Correlation of the noise of neighbouring seconds. */
  readonly autocorrelation?: number
  /** Relative rise from start to end. */
  readonly rise?: number
  /** A sawtooth of this period in seconds and relative height: a heap that is collected. */
  readonly sawtooth?: readonly [period: number, height: number]
}

function series(random: Random, { seconds, noise, autocorrelation = 0, rise = 0, sawtooth }: Model): TimedValue[] {
  let error = random.normal()
  const phase = random.uniform()
  return Array.from({ length: seconds }, (_, second) => {
    error = autocorrelation * error + Math.sqrt(1 - autocorrelation ** 2) * random.normal()
    const tooth = sawtooth === undefined ? 0 : sawtooth[1] * ((second / sawtooth[0] + phase) % 1)
    return { second, value: 100 * (1 + (rise * second) / seconds + noise * error + tooth) }
  })
}

/** Shares of trials that alarm at a growth of 5 %, and whose bounds exclude one. */
function simulate(model: Omit<Model, 'seconds'>, seed: number): { alarms: number; excluded: number } {
  const random = new Random(seed)
  const seconds = 600
  const drifts = Array.from({ length: TRIALS }, () => driftOf(series(random, { seconds, ...model }), 0, seconds)!)
  const share = (test: (drift: Drift) => boolean): number => drifts.filter(test).length / TRIALS
  return {
    alarms: share(({ proven, growth }) => proven && Math.abs(growth) > GROWTH),
    excluded: share(({ lower, upper }) => lower > -GROWTH && upper < GROWTH),
  }
}

describe('ten minutes without a drift', () => {
  // 1, 1, 3 % in 300 trials; 9 % where the noise remembers a minute (.98): a tenth of the stretch.
  test.each([
    [0, 0.02],
    [0.5, 0.02],
    [0.9, 0.06],
  ])('whose seconds are noisy by 10 % and correlated by %d alarm in at most %d', (autocorrelation, most) => {
    expect(simulate({ noise: 0.1, autocorrelation }, 7).alarms).toBeLessThanOrEqual(most)
  })

  test.each([7, 60, 200])('never alarm because a heap is collected every %d s', (period) => {
    expect(simulate({ noise: 0.005, sawtooth: [period, 0.3] }, 7).alarms).toBe(0)
  })

  test('are mostly told from a drift of 5 % in either direction', () => {
    expect(simulate({ noise: 0.1 }, 7).excluded).toBeGreaterThan(0.5)
    expect(simulate({ noise: 0.05, autocorrelation: 0.5 }, 7).excluded).toBeGreaterThan(0.9)
  })
})

describe('ten minutes with a drift', () => {
  test.each([
    [0.1, 0, 0.95],
    [0.1, 0.5, 0.7],
    [0.07, 0, 0.7],
    [0.2, 0.9, 0.6],
  ])('of %d, seconds correlated by %d, alarm in at least %d', (rise, autocorrelation, least) => {
    expect(simulate({ noise: 0.1, rise, autocorrelation }, 7).alarms).toBeGreaterThanOrEqual(least)
  })

  test('of a fifth under a sawtooth of a third always alarm', () => {
    expect(simulate({ noise: 0.005, rise: 0.2, sawtooth: [60, 0.3] }, 7).alarms).toBe(1)
  })

  test('are hardly ever taken for steady', () => {
    expect(simulate({ noise: 0.1, rise: 0.1 }, 7).excluded).toBe(0)
    expect(simulate({ noise: 0.1, rise: 0.1, autocorrelation: 0.9 }, 7).excluded).toBeLessThan(0.02)
  })
})
