import { assert, integer, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayWidth, pad, truncate, wrap, wrapParts } from '../../../src/format/display-width.ts'

test.each([
  ['abc', 3],
  ['模型', 4],
  ['ｆｕｌｌ', 8],
  ['한글', 4],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['✓', 1],
  ['é', 1],
  ['e\u0301', 1],
  ['\u001b[31mred\u001b[39m', 3],
  ['\u200b', 0],
  ['█▏', 2],
  ['', 0],
])('%s takes %i cells', (text, width) => {
  expect(displayWidth(text)).toBe(width)
})

test('a cut text ends in an ellipsis and never splits a wide character', () => {
  expect([truncate('abcdef', 6), truncate('abcdef', 4), truncate('模型模型', 4), truncate('abc', 0)]).toEqual([
    'abcdef',
    'abc…',
    '模…',
    '',
  ])
})

test('padding counts cells', () => {
  expect([pad('模', 4), pad('模', 4, 'right'), pad('long', 2)]).toEqual(['模  ', '  模', 'long'])
})

describe('wrapping', () => {
  test('breaks at spaces, keeps the own indentation and indents later lines', () => {
    expect(wrap('  one two three', 9, 4)).toEqual(['  one two', '    three'])
  })

  test('breaks a word that is wider than a line instead of losing it', () => {
    expect(wrap('ab cdefghij', 4, 1)).toEqual(['ab', ' cde', ' fgh', ' ij'])
  })

  test('keeps parts whole and puts them on a new line', () => {
    expect(wrapParts(['one 1', 'two 2', 'three 3'], 16, 2)).toEqual(['one 1 · two 2', '  three 3'])
    expect(wrapParts(['a', 'much too long'], 8, 2)).toEqual(['a', '  much', '  too', '  long'])
  })

  test('keeps what a server wrote from moving the cursor', () => {
    expect(wrap('one\ntwo\u001b[2J\tthree\u0007', 80)).toEqual(['one two three'])
    expect(truncate('one\r\ntwo', 80)).toBe('one two')
  })

  test('never makes a line wider than asked and never loses a letter', () => {
    assert(
      property(
        string({ unit: 'grapheme', maxLength: 60 }),
        integer({ min: 4, max: 30 }),
        integer({ min: 0, max: 2 }),
        (text, width, indent) => {
          const lines = wrap(text, width, indent)
          const letters = (one: string): string => one.replaceAll(/[\s\p{Control}]/gu, '')
          expect(letters(lines.join(''))).toBe(letters(text))
          expect(Math.max(0, ...lines.filter((line) => line.trim() !== '').map(displayWidth))).toBeLessThanOrEqual(
            width,
          )
        },
      ),
    )
  })
})
