import { describe, expect, test } from 'vitest'
import { LoadError } from '../../../src/domain/load-error.ts'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import type { ResponseHeaders, ResponseResult } from '../../../src/scenarios/exchange.ts'
import { http, type HttpOptions } from '../../../src/scenarios/http.ts'

async function read(
  options: HttpOptions,
  body: string,
  headers: ResponseHeaders = {},
  pieces = 3,
  status = 200,
): Promise<ResponseResult> {
  const scenario = await compileScenario(http.get('http://h/', options).plan() as HttpScenarioPlan)
  const reader = scenario.reader({ delta: () => {} })
  const bytes = Buffer.from(body)
  reader.head(status, headers)
  for (let i = 0; i < bytes.length; i += pieces) {
    const piece = Buffer.from(bytes.subarray(i, i + pieces))
    reader.data(piece, i)
    piece.fill(0)
  }
  return reader.end({})
}

describe('stages of an answer', () => {
  test.each([
    ['ns', 12_500_000],
    ['us', 12_500],
    ['ms', 12.5],
    ['s', 0.0125],
  ] as const)('are read in %s', async (unit, value) => {
    const body = JSON.stringify({ timings: [{ encode: value }] })
    const { stages } = await read({ stages: { 'clone/encode': { path: 'timings.0.encode', unit } } }, body)
    expect([...stages!]).toEqual([['clone/encode', 12_500]])
  })

  test('come from headers, and from Server-Timing under another name', async () => {
    const { stages } = await read(
      {
        stages: {
          'clone/encode': { serverTiming: 'enc' },
          'clone/llm': { header: 'X-LLM', unit: 's', inferred: true },
        },
      },
      'no JSON',
      { 'server-timing': 'enc;dur=3, db;dur=1', 'x-llm': '0.25' },
    )
    expect(Object.fromEntries(stages!)).toEqual({ db: 1000, 'clone/encode': 3000, 'clone/llm (inferred)': 250_000 })
  })

  test.each([{}, { t: null }, { t: -1 }, { t: 'soon' }, { t: '' }, { t: true }, { t: [] }])(
    'that %j does not tell are missing, not 0',
    async (body) => {
      const { stages } = await read({ stages: { a: { path: 't', unit: 'ms' } } }, JSON.stringify(body))
      expect(stages).toBeNull()
    },
  )

  test('of a stream are in its last event that has them, wherever the pieces end', async () => {
    const events = 'data: {"t":1}\n\ndata: {"t":2,"x":1}\n\ndata: {"usage":3}\n\ndata: [DONE]\n\n'
    for (let pieces = 1; pieces <= events.length; pieces++) {
      const { stages } = await read(
        { stages: { a: { path: 't', unit: 'ms' }, b: { path: 'usage', unit: 'us' } } },
        events,
        { 'content-type': 'text/event-stream' },
        pieces,
      )
      expect(Object.fromEntries(stages!)).toEqual({ a: 2000, b: 3 })
    }
  })

  test('of a failed answer are not looked for', async () => {
    const result = await read({ counters: { hit: { header: 'x-cache' } } }, '{}', { 'x-cache': '1' }, 3, 500)
    expect(result).toMatchObject({ counters: null, failure: { kind: 'http' } })
  })
})

describe('counters of an answer', () => {
  test.each([
    ['HIT', { equals: 'HIT' }, 1],
    [' HIT ', { equals: 'HIT' }, 1],
    ['MISS', { equals: 'HIT' }, 0],
    ['Hit from cloudfront', { matches: /^hit/gi }, 1],
    ['miss', { matches: '^hit' }, 0],
    ['17', {}, 17],
    ['1', { equals: 1 }, 1],
    ['HIT', {}, undefined],
    ['4000000', {}, undefined],
  ])('a header %j as %j is %s', async (value, rule, counted) => {
    const { counters } = await read({ counters: { hit: { header: 'X-Cache', ...rule } } }, '', { 'x-cache': value })
    expect(counters!.get('hit')).toBe(counted)
  })

  test('come from the body, and are missing where it does not tell', async () => {
    const sources = { hit: { path: 'cache.hit', equals: true }, tokens: { path: 'cached' }, no: { path: 'other' } }
    const { counters } = await read({ counters: sources }, '{"cache":{"hit":true},"cached":0.5}')
    expect([...counters!]).toEqual([
      ['hit', 1],
      ['tokens', 0.5],
    ])
  })
})

test.each([
  [{ stages: { a: { path: 't' } } }, /stages\.a/],
  [{ stages: { a: { path: 't', unit: 'min' } } }, /stages\.a/],
  [{ stages: { 'a//b': { path: 't', unit: 'ms' } } }, /takes a name/],
  [{ stages: { '(rest)': { path: 't', unit: 'ms' } } }, /takes a name/],
  [{ counters: { hit: { header: 'x', equals: 1, matches: 'x' } } }, /not both/],
  [{ counters: { 'a b': { header: 'x' } } }, /takes names/],
  [{ counters: { hit: {} } }, /counters\.hit/],
])('%j is refused', (options, message) => {
  const make = (): unknown => http.get('http://h/', options as unknown as HttpOptions)
  expect(make).toThrow(LoadError)
  expect(make).toThrow(message)
})
