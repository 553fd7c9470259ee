import { describe, expect, test } from 'vitest'
import { lookVerdicts } from './look-trials.ts'
import { pairVerdicts } from './pair-trials.ts'
import { Random } from './random.ts'

/*
 * `onInconclusive: 'rerun'`: the error rates of the whole procedure, however many looks it takes. `npm run stats:report`
 * prints the same from thousands of trials.
 */
describe('a load that is repeated in its job while its comparison is inconclusive', () => {
  test.each([
    ['all noise between jobs', 1, 0.002],
    ['noise half between jobs, short runs', 0.5, 0.02],
    ['all noise within the job', 0, 0.02],
  ])('alarms no more often than 1 %% when nothing has changed: %s', (_, jobShare, sampling) => {
    const model = { cv: 0.03, jobShare, outliers: 0 }
    const { REGRESSED, runs } = lookVerdicts(model, { factor: 1, margin: 0.1, sampling }, 300, new Random(31))
    expect(REGRESSED).toBeLessThanOrEqual(0.01)
    expect(runs).toBeGreaterThan(1)
  })

  test('calls a worsening by the margin OK in at most 5 %', () => {
    const model = { cv: 0.03, outliers: 0 }
    const { OK } = lookVerdicts(model, { factor: 1.1, margin: 0.1, sampling: 0.02 }, 300, new Random(32))
    expect(OK).toBeLessThanOrEqual(0.05)
  })

  test('finds more than one look does, for less than half a run more', () => {
    const trial = { factor: 1.15, margin: 0.1, sampling: 0.02 }
    const model = { cv: 0.03, outliers: 0 }
    const one = lookVerdicts(model, { ...trial, looks: 1 }, 150, new Random(33))
    const three = lookVerdicts(model, trial, 150, new Random(33))
    expect(three.REGRESSED).toBeGreaterThan(one.REGRESSED + 0.04)
    expect(three.runs).toBeLessThan(1.5)
  })

  test('alarms no more often than a single run where one in twenty is wild', () => {
    const trial = { factor: 1, sampling: 0.01 }
    const one = lookVerdicts({ cv: 0.03 }, { ...trial, looks: 1 }, 200, new Random(34))
    const three = lookVerdicts({ cv: 0.03 }, trial, 200, new Random(34))
    expect(three.REGRESSED).toBeLessThanOrEqual(one.REGRESSED + 0.01)
  })
})

test('pairs that are added at two further looks alarm in at most 1 %, and decide more', () => {
  const same = pairVerdicts({ cv: 0.05 }, { factor: 1, pairs: 6, looks: 3 }, 50, new Random(35))
  expect(Math.max(same.REGRESSED, same.IMPROVED)).toBeLessThanOrEqual(0.01)
  const slower = { factor: 1.1, pairs: 6 }
  const one = pairVerdicts({ cv: 0.05 }, slower, 50, new Random(36))
  const three = pairVerdicts({ cv: 0.05 }, { ...slower, looks: 3 }, 50, new Random(36))
  expect(three.REGRESSED).toBeGreaterThan(one.REGRESSED)
})
