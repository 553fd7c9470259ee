import { describe, expect, test } from 'vitest'
import { estimateShare, shareDifference } from '../../../src/stats/proportion.ts'

const Z = 1.959963984540054

describe('one share', () => {
  // Wilson and Clopper-Pearson from SciPy 1.17.
  test.each([
    [0, 20, 0, 0.16112515805281935],
    [3, 100, 0.010254524024038925, 0.08451936429052762],
    [15, 148, 0.06238639953073629, 0.16048724172330803],
  ])("the interval of %d of %d is Wilson's", (x, n, lower, upper) => {
    const { interval } = estimateShare(x, n)
    expect(interval[0]).toBeCloseTo(lower, 10)
    expect(interval[1]).toBeCloseTo(upper, 10)
  })

  test("the bounds are Clopper-Pearson's", () => {
    expect(estimateShare(0, 100).upperBound).toBeCloseTo(0.029513049607039925, 10)
    expect(estimateShare(3, 100).upperBound).toBeCloseTo(0.07571079374983004, 10)
    expect(estimateShare(3, 100).lowerBound).toBeCloseTo(0.008225829107652688, 10)
  })

  test('nothing and everything have one open end', () => {
    expect(estimateShare(0, 100).lowerBound).toBe(0)
    expect(estimateShare(100, 100).upperBound).toBe(1)
  })
})

describe('the difference of two shares', () => {
  // Newcombe 1998, table II, method 10: examples (a) 56/70 - 48/80, (c) 9/10 - 3/10, (h) 10/10 - 0/10.
  test.each([
    [48, 80, 56, 70, 0.0524, 0.3339],
    [3, 10, 9, 10, 0.1705, 0.809],
    [0, 10, 10, 10, 0.6075, 1],
    [0, 20, 0, 10, -0.1611, 0.2775],
  ])('from %d/%d to %d/%d is as published', (x1, n1, x2, n2, lower, upper) => {
    const [low, high] = shareDifference(x1, n1, x2, n2, Z)
    expect(low).toBeCloseTo(lower, 4)
    expect(high).toBeCloseTo(upper, 4)
  })
})
