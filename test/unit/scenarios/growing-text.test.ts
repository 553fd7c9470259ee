import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { GrowingText } from '../../../src/scenarios/growing-text.ts'

test('pieces add up to the text, whatever they are, halves of characters included', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), fc.nat(50), (pieces, from) => {
      const text = new GrowingText()
      // Cut in code units, so that characters beyond 16 bits come in halves.
      for (const piece of pieces) for (const unit of piece.split('')) text.append(unit)
      const whole = pieces.join('')
      expect(text.length).toBe(whole.length)
      expect(text.toString()).toBe(whole)
      expect(text.toString(Math.min(from, whole.length))).toBe(whole.slice(from))
    }),
    { numRuns: 50 },
  )
})

test('nothing is an empty text', () => {
  const text = new GrowingText()
  text.append('')
  expect(text.toString()).toBe('')
  expect(text.length).toBe(0)
})
