import type { Distribution } from '../../src/domain/distribution.ts'

/** A distribution of whole numbers as a generator would send it, without bucketing. */
export function distributionOf(values: readonly number[]): Distribution {
  const counts = new Map<number, number>()
  const rounded = values.map(Math.round)
  for (const value of rounded) counts.set(value, (counts.get(value) ?? 0) + 1)
  const distinct = [...counts.keys()].sort((a, b) => a - b)
  return {
    values: distinct,
    counts: distinct.map((value) => counts.get(value)!),
    n: values.length,
    min: distinct[0] ?? 0,
    max: distinct.at(-1) ?? 0,
    sum: rounded.reduce((total, value) => total + value, 0),
    sumOfSquares: rounded.reduce((total, value) => total + value * value, 0),
  }
}
