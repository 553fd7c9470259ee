import * as fc from 'fast-check'
import { build, type JsHistogram } from 'hdr-histogram-js'
import { expect, test } from 'vitest'
import { mergeDistributions, percentile } from '../../../src/domain/distribution.ts'
import { bucketValue, HIGHEST_VALUE, IntervalHistogram } from '../../../src/generator/interval-histogram.ts'

const hdr = build({
  lowestDiscernibleValue: 1,
  highestTrackableValue: HIGHEST_VALUE,
  numberOfSignificantValueDigits: 3,
}) as JsHistogram

/** Evenly over the orders of magnitude. */
const value = fc.double({ min: 0, max: Math.log(HIGHEST_VALUE), noNaN: true }).map((log) => Math.floor(Math.exp(log)))

test('a bucket is the one of HdrHistogram with three digits', () => {
  fc.assert(
    fc.property(value, (us) => bucketValue(us) === hdr.highestEquivalentValue(us)),
    { numRuns: 2000 },
  )
  for (const us of [0, 1, 2047, 2048, 4095, 4096, 2 ** 31 - 1, 2 ** 31, HIGHEST_VALUE])
    expect(bucketValue(us)).toBe(hdr.highestEquivalentValue(us))
})

test('draining gives ascending buckets and exact extremes and moments', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
      const histogram = new IntervalHistogram()
      for (const us of values) histogram.record(us)
      const drained = histogram.drain()!
      expect(drained.values).toEqual([...new Set(values.map(bucketValue))].sort((a, b) => a - b))
      expect(drained.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
      expect(drained).toMatchObject({
        n: values.length,
        min: Math.min(...values),
        max: Math.max(...values),
        sum: values.reduce((sum, us) => sum + us, 0),
        sumOfSquares: values.reduce((sum, us) => sum + us * us, 0),
      })
    }),
  )
})

test('intervals merge to the percentiles of a whole HdrHistogram', () => {
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 100 }), { minLength: 1, maxLength: 5 }), (intervals) => {
      fc.pre(intervals.flat().length > 0)
      const histogram = new IntervalHistogram()
      hdr.reset()
      const parts = intervals.flatMap((interval) => {
        for (const us of interval) {
          histogram.record(us)
          hdr.recordValue(us)
        }
        return histogram.drain() ?? []
      })
      const merged = mergeDistributions(parts)
      for (const p of [50, 90, 99]) expect(bucketValue(percentile(merged, p)!)).toBe(hdr.getValueAtPercentile(p))
    }),
  )
})

test('draining empties it, and an empty one gives nothing', () => {
  const histogram = new IntervalHistogram()
  expect(histogram.drain()).toBeNull()
  histogram.record(5)
  histogram.drain()
  histogram.record(7)
  expect(histogram.drain()).toEqual({ values: [7], counts: [1], n: 1, min: 7, max: 7, sum: 7, sumOfSquares: 49 })
  expect(histogram.drain()).toBeNull()
})

test('values over an hour count as an hour', () => {
  const histogram = new IntervalHistogram()
  histogram.record(HIGHEST_VALUE * 2)
  expect(histogram.drain()!.max).toBe(HIGHEST_VALUE)
})
