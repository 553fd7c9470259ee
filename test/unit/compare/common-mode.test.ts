import { expect, test } from 'vitest'
import { commonMode } from '../../../src/compare/common-mode.ts'
import type { SpecId } from '../../../src/domain/spec-id.ts'
import type { Comparison } from '../../../src/domain/comparison.ts'

let specs = 0
const moved = (change: number): { readonly specId: SpecId; readonly comparison: Comparison } => ({
  specId: { file: `${specs++}.perf.ts`, path: [], label: '' },
  comparison: {
    verdict: 'REGRESSED',
    against: 'the last 5 runs',
    runCv: null,
    notes: [],
    metrics: [
      {
        metric: 'latency.p50',
        verdict: 'REGRESSED',
        current: 1 + change,
        reference: 1,
        change,
        changeInterval: null,
        detectable: null,
        runsNeeded: null,
      },
    ],
  },
})

test('what moves alike is the machine', () => {
  expect(commonMode([0.21, 0.19, 0.2, 0.23, 0.18].map(moved))).toEqual({
    alike: 5,
    of: 5,
    change: expect.closeTo(0.2, 6),
  })
  expect(commonMode([-0.1, -0.12, -0.11, -0.09, 0.02].map(moved))).toMatchObject({ alike: 4, of: 5 })
})

test.each([
  ['too few specs', [0.2, 0.2, 0.2]],
  ['small changes', [0.03, 0.04, 0.03, 0.02]],
  ['one spec of many', [0.5, 0.01, -0.01, 0, 0.02]],
  ['changes that differ', [0.9, 0.05, 0.3, 0.06, 0.7]],
  ['both directions', [0.2, -0.2, 0.21, -0.19, 0.2]],
])('%s: each for itself', (_, changes) => {
  expect(commonMode(changes.map(moved))).toBeNull()
})

test('what was not compared, or has no relative change, does not count', () => {
  const none = { ...moved(0), comparison: null }
  expect(commonMode([none, none, moved(Infinity), ...[0.2, 0.2, 0.2].map(moved)])).toBeNull()
})
