import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RisingWindow } from '../../../src/stats/rising-window.ts'
import { studentTUpperTail } from '../../../src/stats/student-t.ts'

test('an incremental window says what the whole computation says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 1e7 }), { minLength: 13, maxLength: 60 }),
      (size, values) => {
        const window = new RisingWindow(size)
        const rises = values.map((value) => window.add(value))
        expect(rises.slice(0, size).every((rise) => rise === null)).toBe(true)
        for (let i = size; i < values.length; i++) {
          const last = values.slice(i - size, i + 1)
          const increments = last.slice(1).map((one, j) => one - last[j]!)
          const mean = increments.reduce((sum, one) => sum + one, 0) / size
          const variance = increments.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (size - 1)
          const { from, to, firstHalf, secondHalf, p } = rises[i]!
          expect([from, to, firstHalf + secondHalf]).toEqual([last[0], last[size], last[size]! - last[0]!])
          // Where all increments are alike, rounding decides.
          const exact = variance > 1 ? studentTUpperTail(mean / Math.sqrt(variance / size), size - 1) : p
          expect(p).toBeCloseTo(exact, 6)
        }
      },
    ),
  )
})

test('an even ramp is certain, a level is none', () => {
  const ramp = new RisingWindow(3)
  const level = new RisingWindow(3)
  for (const i of [0, 1, 2]) {
    ramp.add(10 * i)
    level.add(5)
  }
  expect(ramp.add(30)?.p).toBe(0)
  expect(level.add(5)?.p).toBe(1)
})
