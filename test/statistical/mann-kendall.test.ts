import { expect, test } from 'vitest'
import { mannKendall } from '../../src/stats/mann-kendall.ts'
import { Random } from './random.ts'

const TRIALS = 1000
const ALPHA = 0.01

/** Share of series of `n` values with this autocorrelation and rise (in standard deviations over the whole) that alarm. */
function alarms(n: number, autocorrelation: number, rise: number, seed: number): number {
  const random = new Random(seed)
  let found = 0
  for (let i = 0; i < TRIALS; i++) {
    let noise = random.normal()
    const series = Array.from({ length: n }, (_, t) => {
      noise = autocorrelation * noise + Math.sqrt(1 - autocorrelation ** 2) * random.normal()
      return noise + (rise * t) / n
    })
    if (mannKendall(series).p < ALPHA) found++
  }
  return found / TRIALS
}

test('independent seconds alarm in about 1 %', () => {
  const share = alarms(60, 0, 0, 1)
  expect(share).toBeLessThan(0.02)
  expect(share).toBeGreaterThan(0.001)
})

test('seconds with autocorrelation .5 alarm in under 4 %', () => {
  expect(alarms(60, 0.5, 0, 2)).toBeLessThan(0.04)
})

test('a rise of three standard deviations over a minute is found nearly always', () => {
  expect(alarms(60, 0.3, 3, 3)).toBeGreaterThan(0.95)
})
