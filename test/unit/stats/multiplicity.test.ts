import { expect, test } from 'vitest'
import { falseDiscoveries, holmLevels } from '../../../src/stats/multiplicity.ts'

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

// The worked example of Benjamini and Hochberg's paper, section 3.1: the first four of fifteen.
test('the false discovery rate keeps every hypothesis up to the last that is under its line', () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ]
  expect(falseDiscoveries(p, 0.05).filter(Boolean)).toHaveLength(4)
  expect(falseDiscoveries(p.toReversed(), 0.05).slice(-4)).toEqual([true, true, true, true])
  // 0.03 is over its own line of 0.02; a later one under its line takes it along.
  expect(falseDiscoveries([0.03, 0.039, 0.9], 0.06)).toEqual([true, true, false])
  expect(falseDiscoveries([], 0.05)).toEqual([])
})
