import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResourceSample } from '../../../src/domain/resource.ts'
import { resourceStatistics } from '../../../src/measure/resource-statistics.ts'
import { SampleSum } from '../../../src/measure/sample-sum.ts'

const samples = (values: readonly (number | null)[]): ResourceSample[] =>
  values.map((value, i) => ({
    watched: 'host',
    atUs: (i + 1) * 1e6,
    spanUs: 1e6,
    values: value === null ? {} : { memory: value },
  }))

const filled = (values: readonly (number | null)[], most?: number): SampleSum => {
  const sum = new SampleSum(undefined, most)
  for (const sample of samples(values)) sum.add(sample)
  return sum
}
const most = fc.integer({ min: 2, max: 20 })

test('a day of samples takes no more room than an hour, and keeps its mean and its peak', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 300 }), most, (values, limit) => {
      const kept = filled(values, limit)
      const [few, all] = [kept, filled(values)].map((sum) => resourceStatistics(sum.table(), 'memory', null)!)
      expect(kept.size).toBeLessThanOrEqual(limit)
      expect(few!.max).toBe(all!.max)
      expect(few!.mean).toBeCloseTo(all!.mean, 5)
    }),
  )
})

test('a value that is missing among others is missing, and no 0', () => {
  const kept = filled([5, null, null, null, 7], 3).table()
  expect(kept.columns.memory).toEqual({ mean: [5, null, 7], max: [5, null, 7] })
})

test('goes on from a table as if it had never stopped', () => {
  const [whole, first] = [new SampleSum(undefined, 4), new SampleSum(undefined, 4)]
  const all = samples([1, 5, null, 2, 8, 3, 9])
  all.forEach((sample) => whole.add(sample))
  all.slice(0, 3).forEach((sample) => first.add(sample))
  const second = new SampleSum(first.table(), 4)
  all.slice(2).forEach((sample) => second.add(sample))
  expect(second.table()).toEqual(whole.table())
})

test('statistics weigh samples by the time that they cover, and take those whose middle lies in a window', () => {
  const table = {
    atUs: [1e6, 4e6, 5e6],
    spanUs: [1e6, 3e6, 1e6],
    columns: { memory: { mean: [4, 8, 100], max: [4, 9, 100] } },
  }
  const found = resourceStatistics(table, 'memory', [{ startUs: 0, endUs: 4.4e6 }])
  expect(found).toMatchObject({ n: 2, mean: 7, max: 9 })
  expect(found?.percentile(50)).toBe(4)
  expect(found?.percentile(51)).toBe(8)
  expect(resourceStatistics(table, 'swap', null)).toBeNull()
  expect(resourceStatistics(table, 'memory', [{ startUs: 9e6, endUs: 10e6 }])).toBeNull()
})
