import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { IntervalHistogram } from '../../../src/generator/interval-histogram.ts'
import { DistributionSum } from '../../../src/measure/distribution-sum.ts'

test('what any number of generators drained in any number of reports adds up to one big histogram', () => {
  const values = fc.array(fc.integer({ min: 0, max: 3_600_000_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(fc.array(values, { maxLength: 5 }), { minLength: 1, maxLength: 8 }), (generators) => {
      const whole = new IntervalHistogram()
      const sum = new DistributionSum()
      for (const reports of generators) {
        const own = new IntervalHistogram()
        for (const report of reports) {
          for (const value of report) {
            own.record(value)
            whole.record(value)
          }
          const drained = own.drain()
          if (drained !== null) sum.add(drained)
        }
      }
      const expected = whole.drain()
      // Squares of an hour in microseconds are rounded, in whatever order they are added.
      const squares = sum.total()?.sumOfSquares ?? 0
      expect(squares / (expected?.sumOfSquares || 1)).toBeCloseTo(squares > 0 ? 1 : 0, 12)
      expect(sum.total()).toEqual(expected && { ...expected, sumOfSquares: squares })
    }),
    { numRuns: 50 },
  )
})
