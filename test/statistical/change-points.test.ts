import { expect, test } from 'vitest'
import { creepPower, sweepAlarms, sweepPower } from './history-sweep.ts'
import { Random } from './random.ts'

// `npm run stats:report` prints the same figures from many more histories.
test.each([0.03, 0.1])(
  'a history at run CV %d that nobody changed has at most half a change point in 100 runs',
  (cv) => {
    const { changePoints, creep } = sweepAlarms({ cv }, 60, 60, new Random(11))
    expect(changePoints).toBeLessThanOrEqual(0.5)
    expect(creep).toBeLessThanOrEqual(0.8)
  },
)

test('at run CV 0.05 a tenth more is mostly found after twenty runs, a fifth more after five', () => {
  expect(sweepPower({ cv: 0.05 }, 1.1, [20, 20], 100, new Random(12))).toBeGreaterThan(0.65)
  expect(sweepPower({ cv: 0.05 }, 1.2, [20, 5], 100, new Random(13))).toBeGreaterThan(0.75)
})

test('at run CV 0.03 a creep of a tenth over thirty runs is told', () => {
  expect(creepPower({ cv: 0.03 }, 1.1, 100, new Random(14))).toBeGreaterThan(0.75)
})
