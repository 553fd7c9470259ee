import { describe, expect, test } from 'vitest'
import type { CheckPlan, HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import type { RequestFailure } from '../../../src/domain/observation.ts'
import { http } from '../../../src/scenarios/http.ts'
import type { ResponseReader } from '../../../src/scenarios/exchange.ts'
import { plainReaders } from '../../../src/scenarios/plain-reader.ts'
import { CHECK } from './read-answer.ts'

function read(
  body: string | Buffer,
  overrides: Partial<HttpScenarioPlan> = {},
  status = 200,
  keepBytes = 0,
): ResponseReader {
  const plan = { ...(http.get('http://h/').plan() as HttpScenarioPlan), ...overrides }
  const reader = plainReaders(plan)(keepBytes)
  reader.head(status, { 'server-timing': 'db;dur=1' })
  const bytes = Buffer.from(body)
  reader.data(bytes.subarray(0, 5), 1)
  reader.data(bytes.subarray(5), 2)
  bytes.fill(0)
  return reader
}

const checked = (body: string | Buffer, check: Partial<CheckPlan>): RequestFailure | null =>
  read(body, { check: { ...CHECK, ...check } }).end({}).failure

describe('reading a plain answer', () => {
  test('a good one has stages and nothing else', () => {
    const result = read('hello world').end({ 'server-timing': 'render;dur=2' })
    expect(result).toMatchObject({
      failure: null,
      deltas: 0,
      firstDeltaAt: null,
      lastDeltaAt: null,
      outputTokens: null,
      tokenSource: null,
    })
    expect([...result.stages!]).toEqual([
      ['db', 1000],
      ['render', 2000],
    ])
  })

  test('keeps the body only when somebody needs it', () => {
    expect(read('hello world').text()).toBe('')
    expect(read('hello world', {}, 200, 7).text()).toBe('hello w')
    expect(read('hello world', {}, 500).text()).toBe('hello world')
  })

  test('statuses are good from 200 to 299, or as expected', () => {
    const failed = (status: number, expectStatus: number[] | null = null): string | null =>
      read('', { expectStatus }, status).end({}).failure?.detail ?? null
    expect([199, 200, 204, 299, 300, 404].map((status) => failed(status))).toEqual([
      '199',
      null,
      null,
      null,
      '300',
      '404',
    ])
    expect([200, 404].map((status) => failed(status, [404]))).toEqual(['200', null])
  })

  test.each<[Partial<CheckPlan>, string, string]>([
    [{ bodyIncludes: 'wörld' }, 'hello wörld', 'hello world'],
    [{ bodyMatches: { source: '^HELLO', flags: 'i' } }, 'hello', 'ahello'],
    [{ minBytes: 6 }, 'wörld', 'world'],
    [
      { json: { 'items.1.id': 7, ok: { a: [null] } } },
      '{"items":[0,{"id":7}],"ok":{"a":[null]}}',
      '{"items":[0,{"id":"7"}],"ok":{"a":[null]}}',
    ],
    [{ json: { length: 2 } }, '{"length":2}', '[1,2,3'],
    [{ json: { 'a.constructor': 1 } }, '{"a":{"constructor":1}}', '{"a":{}}'],
  ])('the check %j holds for %j and not for %j', (check, good, bad) => {
    expect(checked(good, check)).toBeNull()
    expect(checked(bad, check)).toMatchObject({ kind: 'check' })
  })

  test('a failed check says what was there and what was wanted', () => {
    expect(checked('{"a":1}', { json: { a: 2 } })).toEqual({
      kind: 'check',
      detail: 'json a',
      message: 'json a is 1, the check wants 2',
    })
    expect(checked('<html>', { json: { a: 2 } })!.message).toBe("the body is not JSON: '<html>'")
  })

  test('a check sees the first MiB and says so when it finds nothing there', () => {
    const large = Buffer.alloc(1024 * 1024 + 10, 'a')
    large.write('needle', 1024 * 1024)
    expect(checked(large, { bodyIncludes: 'needle' })!.message).toContain('only its first 1048576 characters were kept')
    expect(checked(large, { minBytes: 1024 * 1024 + 10 })).toBeNull()
  })

  test('a failure of the transport stands whatever had arrived', () => {
    const lost = { kind: 'timeout', detail: 'chunk', message: 'x' } as const
    expect(read('hello', { check: { ...CHECK, bodyIncludes: 'nope' } }).fail(lost).failure).toBe(lost)
    const plan = http.get('http://h/').plan() as HttpScenarioPlan
    expect(plainReaders(plan)(0).fail(lost)).toMatchObject({ failure: lost, stages: null })
  })
})
