import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseParser } from '../../../../src/generator/client/response-parser.ts'
import { ALL_STREAMS, DIFFERENCES, STREAMS } from '../../../support/response-streams.ts'
import { type Answer, undiciAnswer } from '../../../support/undici-answer.ts'
import { wireAnswer } from '../../../support/wire-answer.ts'

const METHODS = ['GET', 'HEAD'] as const

describe('the answer to GET and to HEAD is read as undici reads it:', () => {
  test.each(Object.entries(STREAMS))('%s', async (_name, text) => {
    const bytes = Buffer.from(text, 'latin1')
    for (const method of METHODS)
      expect(wireAnswer([bytes], method).answer).toEqual(await undiciAnswer([bytes], method))
  })
})

describe('the wire client differs from undici on purpose:', () => {
  test.each(Object.entries(DIFFERENCES))('%s', async (_name, { bytes: text, wire, undici }) => {
    const bytes = Buffer.from(text, 'latin1')
    expect(wireAnswer([bytes]).answer).toMatchObject(wire)
    expect(await undiciAnswer([bytes])).toMatchObject(undici)
  })
})

describe('how a stream is cut into reads changes nothing:', () => {
  test.each(Object.entries(ALL_STREAMS))('%s', (_name, text) => {
    const bytes = Buffer.from(text, 'latin1')
    // Of very long streams a part of the places: they repeat themselves.
    const step = bytes.length > 2000 ? 997 : 1
    const changed: unknown[] = []
    for (const method of METHODS) {
      const whole = wireAnswer([bytes], method).answer
      const cuts = step === 1 ? [cut(bytes, () => 1)] : []
      for (let at = 1; at < bytes.length; at += step) cuts.push([bytes.subarray(0, at), bytes.subarray(at)])
      for (const pieces of cuts) {
        const { answer } = wireAnswer(pieces, method)
        if (!isDeepStrictEqual(answer, whole)) changed.push({ method, firstPiece: pieces[0]!.length, answer, whole })
      }
    }
    expect(changed).toEqual([])
  })
})

/** Bytes that mean something to HTTP, to be put where they do not belong. */
const BITS = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '5',
  'F',
  'x',
  '"',
  '=',
  '\0',
  '\x7f',
  '\xff',
  '\\',
  '-',
  '+',
]
const PHRASES = [
  'chunked',
  'content-length: 2\r\n',
  'transfer-encoding: chunked\r\n',
  'connection: close\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  'HTTP/1.1 ',
  'HTTP/1.1 103 E\r\n\r\n',
]

const damaged = fc
  .tuple(
    fc.constantFrom(...Object.values(STREAMS).filter((text) => text.length < 500)),
    fc.array(fc.record({ at: fc.nat(400), remove: fc.nat(3), insert: fc.constantFrom('', ...BITS, ...PHRASES) }), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((stream, { at, remove, insert }) => {
      const place = at % (stream.length + 1)
      return stream.slice(0, place) + insert + stream.slice(place + remove)
    }, text),
  )

test('damaged streams, cut anywhere, are read as undici reads them whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      damaged,
      fc.constantFrom(...METHODS),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      async (text, method, sizes) => {
        const bytes = Buffer.from(text, 'latin1')
        const { answer, why } = wireAnswer([bytes], method)
        let next = 0
        expect(
          wireAnswer(
            cut(bytes, () => sizes[next++ % sizes.length]!),
            method,
          ).answer,
        ).toEqual(answer)
        const undici = await undiciAnswer([bytes], method)
        expect(answer).toEqual(isKnownDifference(text, why) ? answer : withoutTrailingSpace(undici))
      },
    ),
    { numRuns: 200 },
  )
})

/** Whether the stream holds one of {@link DIFFERENCES}. */
function isKnownDifference(text: string, why: string | null): boolean {
  return (
    /no status line|bad extension|upgrade|content-length is no number|too large|neither HTTP/.test(why ?? '') ||
    /HTTP\/\d\.\d 100/.test(text) ||
    /content-length:[^\r\n]*\t/i.test(text) ||
    /\r\n[0-9a-f]+[ \t]+;/i.test(text) ||
    // Of a head that ends in the middle of a line, undici judges some of that line.
    (why === 'other side closed' && !text.replace(/^[\r\n]+/, '').includes('\r\n\r\n'))
  )
}

function withoutTrailingSpace(answer: Answer): Answer {
  const trimmed = (fields: Answer['headers']): Answer['headers'] =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.replace(/[ \t]+$/, '') : value?.map((one) => one.replace(/[ \t]+$/, '')),
      ]),
    )
  return { ...answer, headers: trimmed(answer.headers), trailers: trimmed(answer.trailers) }
}

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + size())
    // A copy each: the buffer that sockets are read into is used again for every read.
    pieces.push(Buffer.from(bytes.subarray(at, end)))
    at = end
  }
  return pieces
}

test('a head that is equal to the last one means the same, one that differs in a byte does not', () => {
  const heads: unknown[] = []
  const parser = new ResponseParser({
    onHead: ({ headers }) => heads.push(headers['x-a']),
    onBody: () => {},
  })
  for (const value of ['b', 'b', 'c', 'b', 'bb', 'b']) {
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nx-a: ${value}\r\ncontent-length: 2\r\n\r\nok`)
    parser.begin(false)
    expect(parser.push(bytes, bytes.length)).toBe(bytes.length)
    expect(parser.complete).toBe(true)
  }
  expect(heads).toEqual(['b', 'b', 'c', 'b', 'bb', 'b'])
})

test('bytes after a complete answer are left unread, whatever they are', () => {
  const answers = Object.values(STREAMS).filter((text) => text.endsWith('content-length: 2\r\n\r\nok'))
  const complete = answers.filter((text) => wireAnswer([Buffer.from(text, 'latin1')]).answer.failure === null)
  expect(complete.length).toBeGreaterThan(10)
  for (const text of complete) {
    const bytes = Buffer.from(`${text}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno`, 'latin1')
    const parser = new ResponseParser({ onHead: () => {}, onBody: () => {} })
    parser.begin(false)
    expect(parser.push(bytes, bytes.length)).toBe(text.length)
  }
})
