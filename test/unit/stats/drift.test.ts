import { expect, test } from 'vitest'
import { driftOf, type TimedValue } from '../../../src/stats/drift.ts'

const every = (seconds: number, value: (second: number) => number): TimedValue[] =>
  Array.from({ length: seconds }, (_, second) => ({ second, value: value(second) }))

test('a line has the growth of its ends, and narrow bounds', () => {
  const drift = driftOf(
    every(600, (second) => 95 + second / 60),
    0,
    600,
  )!
  expect(drift).toMatchObject({ proven: true })
  expect(drift.growth).toBeCloseTo(0.1, 3)
  expect(drift.lower).toBeCloseTo(0.1, 3)
  expect(drift.upper).toBeCloseTo(0.1, 3)
  expect(drift.level).toBeCloseTo(100, 1)
})

test('the same per second is no drift', () => {
  expect(
    driftOf(
      every(600, () => 42),
      0,
      600,
    ),
  ).toEqual({ proven: false, p: 1, level: 42, growth: 0, lower: 0, upper: 0 })
})

test('only the stretch counts, wherever it lies, and seconds without a value are left out', () => {
  const values = every(2000, (second) => (second < 1000 ? 1e6 : 100)).filter(({ second }) => second % 3 !== 0)
  expect(driftOf(values, 1000, 1600)).toMatchObject({ proven: false, level: 100, growth: 0 })
})

test('a day costs no more than ten minutes', () => {
  const day = every(86_400, (second) => 100 + second / 864)
  expect(driftOf(day, 0, 86_400)!.growth).toBeCloseTo(100 / 150, 2)
})

test('the mean keeps what is rare, which the median of a bin would lose', () => {
  const rare = every(1200, (second) => (second % 10 === 0 ? 1 : 0))
  expect(driftOf(rare, 0, 1200, 'mean')).toMatchObject({ level: 0.1, proven: false })
  expect(driftOf(rare, 0, 1200)).toBeNull()
})

test.each([
  ['fewer than ten bins', every(9, () => 1)],
  ['a level of nothing', every(600, () => 0)],
  ['no values', []],
])('%s tell nothing', (_, values) => {
  expect(driftOf(values, 0, Math.max(1, values.length))).toBeNull()
})
