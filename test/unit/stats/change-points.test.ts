import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom, standardNormal } from '../../../src/domain/random.ts'
import { type ChangePointOptions, changePoints } from '../../../src/stats/change-points.ts'
import { bestSplit, energyStatistic } from '../../../src/stats/energy-split.ts'

const indexes = (values: readonly number[], options?: ChangePointOptions): number[] =>
  changePoints(values, options).map(({ index }) => index)

/** Levels of so many runs each, with log-normal noise. */
function history(levels: readonly (readonly [number, number])[], cv: number, seed: number): number[] {
  const random = seededRandom(seed)
  return levels.flatMap(([runs, level]) =>
    Array.from({ length: runs }, () => level * Math.exp(cv * standardNormal(random))),
  )
}

// Series and answers: the tests of apache/otava @1ceb153 (Apache-2.0): series, analysis, csv_e2e, change_point_divisive.
describe('the known answers of another implementation', () => {
  const series1 = [1.02, 0.95, 0.99, 1, 1.12, 0.9, 0.5, 0.51, 0.48, 0.48, 0.55]
  const series2 = [2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.8, 1.76, 1.78]
  const single = [
    1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5, 0.49,
  ]
  const metric1 = [154023, 138455, 143112, 149190, 132098, 151344, 155145, 148889, 149466, 148209]
  const metric2 = [10.43, 10.23, 10.29, 10.91, 10.34, 10.69, 9.23, 9.11, 9.13, 9.03]

  test.each<readonly [string, readonly number[], ChangePointOptions, readonly number[]]>([
    ['series1', series1, { p: 0.001, smallest: 0 }, [6]],
    ['series1 by our defaults', series1, {}, [6]],
    ['series2', series2, {}, [4]],
    ['series2, changes under a fifth left out', series2, { smallest: 0.2 }, []],
    ['single', single, { p: 1e-4 }, [10]],
    ['metric1', metric1, {}, []],
    ['metric2', metric2, {}, [6]],
  ])('%s', (_, values, options, expected) => {
    expect(indexes(values, options)).toEqual(expected)
  })

  test('metric2 fell by 12.9 %', () => {
    expect(changePoints(metric2)[0]!.change).toBeCloseTo(-0.129, 3)
  })

  test('the energy distance of two ranges is 0.160', () => {
    const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
    const [n, m] = [99, 104]
    // Theirs counts a value's distance to itself; the mean distance within 1..n is (n - 1/n) / 3 with it, (n + 1) / 3 without.
    const itself = (size: number): number => (size + 1) / 3 - (size - 1 / size) / 3
    const distance = (energyStatistic(range(n), range(m)) * (n + m)) / (n * m) + itself(n) + itself(m)
    expect(distance).toBeCloseTo(0.16, 3)
  })
})

test('levels that rise, fall and return are found where they change', () => {
  const values = history(
    [
      [20, 100],
      [15, 120],
      [20, 90],
      [12, 100],
    ],
    0.02,
    5,
  )
  const found = changePoints(values)
  expect(found.map(({ index }) => index)).toEqual([20, 35, 55])
  // 2 % of noise leave 0.6 % in the difference of two such means.
  for (const [i, planted] of [0.2, -0.25, 0.111].entries()) {
    expect(Math.abs(found[i]!.change - planted)).toBeLessThan(0.02)
  }
})

test('a bump in the middle is found by both of its ends', () => {
  const values = history(
    [
      [20, 100],
      [6, 140],
      [20, 100],
    ],
    0.03,
    6,
  )
  expect(indexes(values)).toEqual([20, 26])
})

test('single wild runs are no change of level', () => {
  const values = history([[40, 100]], 0.02, 7).map((value, i) => (i % 9 === 4 ? value * 1.5 : value))
  expect(indexes(values)).toEqual([])
})

test('a new level shows from its third run on', () => {
  const values = history([[12, 100]], 0.01, 8)
  expect([2, 3].map((runs) => indexes([...values, ...history([[runs, 130]], 0.01, 9)]))).toEqual([[], [12]])
})

test.each([[[]], [[5]], [[5, 5, 5, 5, 5, 5, 5, 5]]])('nothing changed in %j', (values) => {
  expect(indexes(values)).toEqual([])
})

test('a step without any noise is certain', () => {
  expect(changePoints([5, 5, 5, 5, 5, 6, 6, 6, 6, 6])).toMatchObject([
    { index: 5, change: expect.closeTo(0.2, 10), p: 0 },
  ])
})

test('the unit does not matter', () => {
  const values = history(
    [
      [10, 10],
      [10, 13],
    ],
    0.03,
    10,
  )
  expect(indexes(values.map((value) => value * 1e6))).toEqual(indexes(values))
})

test('the best split has the largest statistic of all splits that end anywhere', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 6, maxLength: 14 }), (values) => {
      const all: number[] = []
      for (let end = 6; end <= values.length; end++)
        for (let tau = 3; tau <= end - 3; tau++) all.push(energyStatistic(values.slice(0, tau), values.slice(tau, end)))
      expect(bestSplit(values, 3)!.q).toBeCloseTo(Math.max(...all), 9)
    }),
    { numRuns: 50 },
  )
})
