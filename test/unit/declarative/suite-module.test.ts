import { decode } from '@jridgewell/sourcemap-codec'
import { expect, test } from 'vitest'
import { suiteModule } from '../../../src/declarative/suite-module.ts'

const TEXT = `scenarios:
  chat: { http.get: { url: \${URL} } }
tests:
  "holds 'it'":
    load:
      services: { llm: { scenario: chat, rate: 5, duration: 1s } }
    expect:
      toHaveNoErrors: true
      llm:
        toSustainQps: 5
`

test('every statement of the module stands for its key in the file', () => {
  const { code, map } = suiteModule('/x/a.perf.yaml', 'a.perf.yaml', TEXT, '/dist/declared.js')
  const lines = TEXT.split('\n')
  const meant = code.split('\n').map((statement, i) => {
    const [, , line, column] = decode(map.mappings)[i]![0]!
    return [statement.split('(')[0], lines[line!]!.slice(column).split(':')[0]]
  })
  expect(meant.slice(2)).toEqual([
    ['describe', 'scenarios'],
    ['test', '"holds \'it\'"'],
    ['const { run, claims } = suite.tests[0]', '"holds \'it\'"'],
    ['const measured = await run', 'load'],
    ['expect.soft', 'toHaveNoErrors'],
    ['expect.soft', 'toSustainQps'],
    ['})', '"holds \'it\'"'],
    ['})', 'scenarios'],
  ])
  expect(code).toContain(`test("holds 'it'", async ({ load }) => {`)
})

test.each(['', 'tests: 5', 'tests: { a: [], b: { expect: 1, load: 2 } }', '- x'])(
  'data of a wrong shape makes a module all the same, which says what is wrong when it runs: %j',
  (text) => {
    expect(suiteModule('/x/a.perf.yaml', 'a.perf.yaml', text, 'e').code).toContain('declaredSuite("/x/a.perf.yaml"')
  },
)
