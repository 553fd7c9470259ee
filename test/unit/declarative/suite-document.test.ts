import { describe, expect, test } from 'vitest'
import { SuiteDocument } from '../../../src/declarative/suite-document.ts'
import { variableValue } from '../../../src/declarative/variables.ts'

const ENV = { URL: 'http://127.0.0.1:1', RATE: '12.5', EMPTY: '', ON: 'true' }
const dataOf = (text: string, file = 'a.perf.yaml'): unknown =>
  new SuiteDocument(file, text).data((written) => variableValue(written, ENV))

describe('environment variables', () => {
  test('stand anywhere, in flow style too, and have the type of what they stand for where nothing is quoted', () => {
    expect(
      dataOf(
        [
          'a: { url: ${URL}/v1, rate: ${RATE}, on: ${ON} }',
          'b: [\'${RATE}\', "${MISSING:-x, y}", ${MISSING:-3}, ${EMPTY:-full}]',
          'c: |',
          '  says ${URL}',
          '${RATE} qps: { prompt: "{{prompt}} $${URL} ${" }',
          '# ${MISSING}',
        ].join('\n'),
      ),
    ).toEqual({
      a: { url: 'http://127.0.0.1:1/v1', rate: 12.5, on: true },
      b: ['12.5', 'x, y', 3, 'full'],
      c: 'says http://127.0.0.1:1\n',
      '12.5 qps': { prompt: '{{prompt}} ${URL} ${' },
    })
  })

  test('are numbers in JSON when they are the whole text', () => {
    expect(dataOf('{\n\t"rate": "${RATE}",\n\t"text": "${RATE} qps"\n}', 'a.perf.json')).toEqual({
      rate: 12.5,
      text: '12.5 qps',
    })
  })

  test.each([
    ['a:\n  b: { c: ${MISSING} }', /^a\.perf\.yaml:2:11: the environment variable MISSING is not set\n {2}hint: /],
    ['a: ${MISSING-x}', /^a\.perf\.yaml:1:4: got \$\{MISSING-x\}, takes \$\{NAME\}/],
  ])('that are missing or misspelt are named with their place: %s', (text, message) => {
    expect(() => dataOf(text)).toThrow(message)
  })
})

describe('places', () => {
  const document = new SuiteDocument(
    'a.perf.yaml',
    'base: &base\n  rate: 5\ntests:\n  one: { load: *base }\n  two:\n    <<: *base\n    list: [1, { deep: 2 }]\n',
  )
  test.each([
    [['tests', 'one'], 4, 3],
    [['tests', 'one', 'load', 'rate'], 2, 3],
    [['tests', 'two', 'rate'], 2, 3],
    [['tests', 'two', 'list', 1, 'deep'], 7, 17],
    [['tests', 'two', 'list', 1, 'deep', 'er'], 7, 17],
    [['tests', 'three', 'load'], 3, 1],
    [['nothing'], 1, 1],
  ])('of %j is its key, or that of the deepest part that is there', (path, line, column) => {
    expect(document.placeOf(path)).toEqual({ line, column })
  })

  test.each([
    ['a: {\n  b: 1\nc: 2', /^x:3:1: /],
    ['a: 1\na: 2', /^x:2:1: Map keys must be unique/],
    ['a: *nobody', /^x:1:4: no anchor is called &nobody/],
  ])('of errors in the syntax are told: %s', (text, message) => {
    expect(() => new SuiteDocument('x', text)).toThrow(message)
  })
})
