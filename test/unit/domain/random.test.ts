import { expect, test } from 'vitest'
import { seededRandom, unitExponential } from '../../../src/domain/random.ts'

const draw = (seed: number, stream: number, n: number): number[] => {
  const random = seededRandom(seed, stream)
  return Array.from({ length: n }, random)
}

test('the same seed and stream give the same numbers', () => {
  expect(draw(5, 2, 10)).toEqual(draw(5, 2, 10))
})

test('seeds and streams that differ by one give unrelated numbers', () => {
  const correlation = (a: number[], b: number[]): number =>
    (12 * a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0)) / a.length
  const base = draw(1, 0, 20_000)
  for (const other of [draw(2, 0, 20_000), draw(1, 1, 20_000), draw(1 + 2 ** 32, 0, 20_000)]) {
    expect(Math.abs(correlation(base, other))).toBeLessThan(0.03)
  }
})

test('numbers fill [0, 1) evenly', () => {
  const counts = Array.from<number>({ length: 20 }).fill(0)
  for (const x of draw(9, 0, 100_000)) counts[Math.floor(x * 20)]!++
  const chiSquare = counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)
  // The 99.99 % point with 19 degrees of freedom.
  expect(chiSquare).toBeLessThan(50.8)
})

test('unit exponentials have mean 1 and are never infinite', () => {
  const random = seededRandom(3)
  const values = Array.from({ length: 100_000 }, () => unitExponential(random))
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 1)
  expect(unitExponential(() => 1 - 2 ** -53)).toBeLessThan(40)
})
