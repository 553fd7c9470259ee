import { expect, test } from 'vitest'
import { holmLevels } from '../../../src/compare/holm.ts'

test('each rejection frees its share for the next', () => {
  expect(holmLevels([0.02, 0.001, 0.9], 0.03)).toEqual([0.015, 0.01, 0.015])
  expect(holmLevels([0.011, 0.001, 0.9], 0.03)).toEqual([0.015, 0.01, 0.03])
})

test('without any rejection all are tested at the Bonferroni level', () => {
  expect(holmLevels([0.5, 0.2], 0.01)).toEqual([0.005, 0.005])
})

test('one hypothesis has all of alpha, none has none', () => {
  expect([holmLevels([0.5], 0.01), holmLevels([], 0.01)]).toEqual([[0.01], []])
})
