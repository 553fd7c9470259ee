import { describe, expect, test } from 'vitest'
import { declaredSuite } from '../../../src/spec/declared-suite.ts'

const SUITE = (load: string, claims: string): string => `scenarios:
  chat: { openai.chat: { baseUrl: "http://127.0.0.1:1", model: m, data: { prompt: [a] } } }
tests:
  holds:
    load: ${load}
    expect: ${claims}
`
const LOAD = '{ scenario: chat, rate: 5, duration: 1s }'

describe('a declarative file', () => {
  test('has the tests of its data', () => {
    const { tests } = declaredSuite(
      '/x/a.perf.yaml',
      SUITE(LOAD, '{ toHavePercentileBelow: [90, 2s], toHaveNoErrors: true }'),
    )
    expect(tests.map(({ title, claims }) => [title, claims.map((claim) => [claim.matcher, claim.arguments])])).toEqual([
      [
        'holds',
        [
          ['toHavePercentileBelow', [90, '2s']],
          ['toHaveNoErrors', []],
        ],
      ],
    ])
  })

  test('claims agreement with metrics by name', () => {
    const agrees = '{ toAgreeWith: { statsd: { requests: requests.total } } }'
    const { tests } = declaredSuite('/x/a.perf.yaml', SUITE(LOAD, agrees))
    expect(tests[0]!.claims[0]!.arguments).toMatchObject([{ source: 'statsd', quantities: { requests: {} } }])
  })

  test.each([
    [
      'a wrong option of a load',
      SUITE('{ scenario: chat, rate: 0, duration: 1s }', '{}'),
      /x\.perf\.yaml:5:29: .*option rate: got 0/,
    ],
    [
      'an unknown scenario',
      SUITE('{ scenario: chap, rate: 1, duration: 1s }', '{}'),
      /x\.perf\.yaml:5:13: .*got 'chap', takes one of chat/,
    ],
    [
      'an unknown matcher',
      SUITE(LOAD, '{ toHaveP98Below: 1s }'),
      /x\.perf\.yaml:6:15: .*unknown matcher toHaveP98Below/,
    ],
    ['a wrong argument', SUITE(LOAD, '\n      toHaveP99Below: 1 parsec'), /x\.perf\.yaml:7:7: .*'1 parsec'/],
    [
      'a wrong option of a scenario',
      SUITE(LOAD, '{}').replace('model: m', 'model: 5'),
      /x\.perf\.yaml:2:57: .*option model: got 5/,
    ],
    ['an unknown part', `${SUITE(LOAD, '{}')}test: {}\n`, /x\.perf\.yaml:7:1: .*unknown option test/],
    [
      'a service with a wrong option',
      SUITE('{ services: { llm: { scenario: chat, rate: -1, duration: 1s } } }', '{}'),
      /x\.perf\.yaml:5:48: .*llm: option rate/,
    ],
    [
      'a wrong option of all services',
      SUITE(`{ services: { llm: ${LOAD} }, warmup: no }`, '{}'),
      /x\.perf\.yaml:5:75: .*option warmup/,
    ],
    ['nothing', '', /x\.perf\.yaml:1:1: .*the options: got null/],
  ])('that is wrong says where: %s', (_, text, message) => {
    expect(() => declaredSuite(`${process.cwd()}/x.perf.yaml`, text)).toThrow(message)
  })
})
