import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SseParser } from '../../../src/scenarios/sse-parser.ts'

interface Heard {
  events: [data: string, type: string][]
  stray: string[]
  tooLong: number
}

function parse(chunks: readonly Buffer[], maxEventBytes?: number): Heard {
  const heard: Heard = { events: [], stray: [], tooLong: 0 }
  const handler = {
    event: (data: string, type: string) => void heard.events.push([data, type]),
    stray: (line: string) => void heard.stray.push(line),
    tooLong: () => void heard.tooLong++,
  }
  const parser = new SseParser(handler, maxEventBytes)
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk)
    parser.push(lent)
    lent.fill(0)
  }
  return heard
}

const parseText = (text: string): Heard => parse([Buffer.from(text)])

const EVERYTHING =
  '\uFEFF: hello\n\ndata: first\n\ndata:second é 😀\ndata:  two spaces\n\nevent: error\r\ndata: {"a":1}\r\nid: 7\r\nretry: 10\r\n\r\n' +
  ':ping\r\rdata\r\rdata: cr only\rdata: more\r\rdata:: colon\n\nerror: {"x":1}\nbare\n\ndata: never closed\n'
const EVENTS = [
  ['first', 'message'],
  ['second é 😀\n two spaces', 'message'],
  ['{"a":1}', 'error'],
  ['', 'message'],
  ['cr only\nmore', 'message'],
  [': colon', 'message'],
]

describe('the event stream parser', () => {
  test('follows the standard for comments, line ends, several data lines, types and an unclosed last event', () => {
    expect(parseText(EVERYTHING)).toEqual({ events: EVENTS, stray: ['error: {"x":1}', 'bare'], tooLong: 0 })
  })

  test('hears the same wherever the bytes are cut in two', () => {
    const bytes = Buffer.from(EVERYTHING)
    const expected = parse([bytes])
    for (let at = 0; at <= bytes.length; at++) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected)
    }
  })

  test('hears the same byte by byte, with empty pieces between', () => {
    const bytes = [...Buffer.from(EVERYTHING)].flatMap((byte) => [Buffer.from([byte]), Buffer.alloc(0)])
    expect(parse(bytes).events).toEqual(EVENTS)
  })

  test('hears any texts again, with any line ends, cut anywhere', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''))
    const stream = fc.record({
      events: fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      ends: fc.infiniteStream(fc.constantFrom('\n', '\r', '\r\n')),
      cuts: fc.array(fc.nat(), { maxLength: 20 }),
    })
    fc.assert(
      fc.property(stream, ({ events, ends, cuts }) => {
        const next = (): string => ends.next().value as string
        // A lone CR before an LF of its own would read as one line end, so each event keeps to one kind.
        const text = events
          .map((lines) => {
            const end = next()
            return lines.map((content) => `data: ${content}${end}`).join('') + end
          })
          .join(': c\r\n')
        const bytes = Buffer.from(text)
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((place, i) => bytes.subarray(places[i], place))
        expect(parse(chunks).events.map(([data]) => data)).toEqual(events.map((lines) => lines.join('\n')))
      }),
    )
  })

  test('stops at an event over the limit, whether it comes in one line or in many', () => {
    const long = `data: ok\n\ndata: ${'x'.repeat(100)}\n\ndata: after\n\n`
    const many = `data: ok\n\n${'data: xxxx\n'.repeat(20)}\ndata: after\n\n`
    for (const text of [long, many]) {
      expect(parse([Buffer.from(text)], 64)).toEqual({ events: [['ok', 'message']], stray: [], tooLong: 1 })
      expect(
        parse(
          [...Buffer.from(text)].map((byte) => Buffer.from([byte])),
          64,
        ).tooLong,
      ).toBe(1)
    }
  })

  test('keep-alive comments do not add up to a long event', () => {
    const heard = parse([Buffer.from(': ping\n'.repeat(100)), Buffer.from('data: x\n\n')], 64)
    expect(heard).toEqual({ events: [['x', 'message']], stray: [], tooLong: 0 })
  })
})
