import { expect, test } from 'vitest'
import { chanceRegressions } from '../../../src/compare/chance-regressions.ts'
import type { Comparison } from '../../../src/domain/comparison.ts'
import { chanceText } from '../../../src/format/comparison-text.ts'

let specs = 0

/** A load whose only figure has this p value; REGRESSED from .005 down. */
function compared(pWorse: number | undefined) {
  const verdict = pWorse === undefined || pWorse <= 0.005 ? 'REGRESSED' : 'OK'
  const comparison: Comparison = {
    verdict,
    against: 'the last 5 runs',
    runCv: null,
    notes: [],
    metrics: [
      {
        metric: 'latency.p50',
        verdict,
        current: 2,
        reference: 1,
        change: 1,
        changeInterval: null,
        detectable: null,
        runsNeeded: null,
        ...(pWorse === undefined ? {} : { pWorse }),
      },
    ],
  }
  return { specId: { file: `${specs++}.perf.ts`, path: [], label: '' }, comparison }
}

const ALIKE = Array.from({ length: 60 }, (_, i) => compared(0.1 + i / 70))

test('of sixty loads one that is barely REGRESSED may be chance, one that clearly is does not', () => {
  const [barely, clearly] = [compared(0.004), compared(1e-6)]
  expect(chanceRegressions([barely, clearly, ...ALIKE])).toEqual({ loads: [barely], of: 2, rows: 62 })
  expect(chanceRegressions([clearly, ...ALIKE])).toBeNull()
  expect(chanceText(['a', 'b'], 3, 160)).toBe(
    '2 of 3 REGRESSED do not stand out among the 160 figures that this run compares (Benjamini-Hochberg, 5 %) and may be chance; repeat before you act on: a, b',
  )
})

test('alone, among many of its kind or without a p value a REGRESSED is what it is', () => {
  expect(chanceRegressions([compared(0.004)])).toBeNull()
  expect(chanceRegressions([...Array.from({ length: 10 }, () => compared(0.004)), ...ALIKE])).toBeNull()
  expect(chanceRegressions([compared(undefined), ...ALIKE])).toBeNull()
  expect(chanceRegressions([{ ...compared(0.5), comparison: null }])).toBeNull()
})
