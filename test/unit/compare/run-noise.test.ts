import { expect, test } from 'vitest'
import { runNoise } from '../../../src/compare/run-noise.ts'

const SPREAD = [-0.03, -0.01, 0, 0.01, 0.03]

test('is assumed below five runs', () => {
  expect(runNoise(SPREAD.slice(1), 0, 0.05)).toEqual({ cv: 0.05, source: 'assumed', df: 4 })
})

test('is measured from five on and drawn half way to the assumed one', () => {
  // Sample variance .0005; (4 * .0025 + 4 * .0005) / 8.
  expect(runNoise(SPREAD, 0, 0.05)).toEqual({ cv: expect.closeTo(Math.sqrt(0.0015), 12), source: 'measured', df: 8 })
})

test('leaves out what the sampling within a run explains', () => {
  expect(runNoise(SPREAD, 0.0005, 0.05).cv).toBeCloseTo(Math.sqrt(0.00125), 12)
  expect(runNoise(SPREAD, 1, 0.05).cv).toBeCloseTo(Math.sqrt(0.00125), 12)
})

test('one wild run changes it little', () => {
  const ten = [...SPREAD, -0.02, 0.02, 0.005, -0.005]
  expect(runNoise([...ten, 0.5], 0, 0.05).cv).toBeLessThan(1.5 * runNoise([...ten, 0.03], 0, 0.05).cv)
})
