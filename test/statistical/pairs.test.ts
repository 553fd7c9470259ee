import { describe, expect, test } from 'vitest'
import { pairVerdicts } from './pair-trials.ts'
import { Random } from './random.ts'

/*
 * `compare()` in the model of run-model.ts. `npm run stats:report` prints the same from thousands of trials: these few pin
 * what a seed gives.
 */
const TRIALS = 160

describe('ten pairs', () => {
  test.each([0.03, 0.05, 0.1])('at run CV %d what has not changed seldom alarms', (cv) => {
    const { REGRESSED, IMPROVED } = pairVerdicts({ cv }, { factor: 1 }, TRIALS, new Random(21))
    expect(Math.max(REGRESSED, IMPROVED)).toBeLessThanOrEqual(0.012)
  })

  test('at run CV 0.05 a tenth slower is found in 95 %, in 80 % when all noise is within the job', () => {
    expect(pairVerdicts({ cv: 0.05 }, { factor: 1.1 }, TRIALS, new Random(22)).REGRESSED).toBeGreaterThanOrEqual(0.95)
    const within = pairVerdicts({ cv: 0.05, jobShare: 0 }, { factor: 1.1 }, TRIALS, new Random(23))
    expect(within.REGRESSED).toBeGreaterThanOrEqual(0.8)
  })

  test('a fifth faster is IMPROVED, and five pairs find a third slower', () => {
    expect(pairVerdicts({ cv: 0.05 }, { factor: 0.8 }, 60, new Random(24)).IMPROVED).toBeGreaterThan(0.95)
    const five = pairVerdicts({ cv: 0.05 }, { factor: 1.33, pairs: 5 }, 60, new Random(25))
    expect(five.REGRESSED).toBeGreaterThan(0.8)
  })

  test('5 % slower is called no worse than 5 % in at most 5 %', () => {
    const { OK } = pairVerdicts({ cv: 0.05 }, { factor: 1.05, margin: 0.05 }, 400, new Random(26))
    expect(OK).toBeLessThanOrEqual(0.05)
  })

  test('a machine that becomes a tenth slower in the job alarms no more often', () => {
    const { REGRESSED } = pairVerdicts({ cv: 0.05 }, { factor: 1, drift: 0.1 }, TRIALS, new Random(27))
    expect(REGRESSED).toBeLessThanOrEqual(0.012)
  })
})
