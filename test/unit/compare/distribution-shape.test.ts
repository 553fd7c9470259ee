import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { distributionShapes } from '../../../src/compare/distribution-shape.ts'
import { series, spread } from '../../support/measurement-builder.ts'

test('every value lies in one bin, and the spectrum rises from the smallest to the largest', () => {
  assert(
    property(array(integer({ min: 0, max: 50_000_000 }), { minLength: 1, maxLength: 300 }), (latencies) => {
      const { latency } = distributionShapes(series({ latencies }))
      const { n, bins, spectrum } = latency!
      expect(n).toBe(latencies.length)
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(n)
      expect(bins.every(({ upTo }, i) => i === 0 || upTo >= bins[i - 1]!.upTo)).toBe(true)
      expect(spectrum.every(({ value }, i) => i === 0 || value >= spectrum[i - 1]!.value)).toBe(true)
      expect(spectrum.at(-1)).toEqual({ p: 100, value: Math.max(...latencies) })
    }),
    { numRuns: 60 },
  )
})

test('a spectrum of a thousand goes to three nines and no further', () => {
  const { latency } = distributionShapes(series({ latencies: spread(1000, 1_000, 1_000_000) }))
  const below = latency!.spectrum.at(-2)!
  expect(below.p).toBeLessThan(99.9)
  expect(below.p).toBeGreaterThan(99.8)
  expect(latency!.spectrum[0]).toEqual({ p: 0, value: 1_000 })
})

test('real-time factors are told as ratios, and what was not recorded has no shape', () => {
  const shapes = distributionShapes(series({ distributions: { realTimeFactor: [50_000, 100_000] } }))
  expect(shapes.realTimeFactor!.spectrum.at(-1)!.value).toBe(1)
  expect(shapes.ttft).toBeUndefined()
})
