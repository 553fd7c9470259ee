import { expect, test } from 'vitest'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { tellTable, type TableOptions } from '../../../src/spec/result-table.ts'

function told(options: unknown): SearchSummary[] {
  const all: SearchSummary[] = []
  const beginSearch = (label: string) => ({
    specId: { file: 'a.perf.ts', path: ['one test'], label },
    tell: (summary: SearchSummary) => void all.push(summary),
  })
  tellTable({ beginSearch }, options as TableOptions)
  return all
}

test('a table is told once, with the rows that this run did not measure', () => {
  const figure = { value: null, unit: 'ms', sd: 2 }
  const rows = [['ours', figure], { cells: ['theirs', 5], external: 'their report' }]
  expect(told({ title: 'speed', columns: ['model', 'latency'], rows })).toEqual([
    {
      kind: 'table',
      specId: { file: 'a.perf.ts', path: ['one test'], label: 'speed' },
      title: 'one test · speed',
      columns: ['model', 'latency'],
      rows: [
        { cells: ['ours', figure], external: null },
        { cells: ['theirs', 5], external: 'their report' },
      ],
      notes: [],
      end: 'done',
    },
  ])
})

test.each([
  [undefined, 'the options: got undefined, takes { title, columns, rows, notes }'],
  [{ title: ' ', columns: ['a'], rows: [] }, "option title: got ' ', takes a text that is not empty"],
  [{ title: 't', columns: [], rows: [] }, 'option columns: got [], takes the titles of the columns'],
  [
    { title: 't', columns: ['a', 'b'], rows: [['x', 1], ['y']] },
    'option rows[1]: got ["y"], takes a row of 2 cells, one for each column; it has 1',
  ],
  [{ title: 't', columns: ['a'], rows: [[{ value: 1, unit: 'min' }]] }, 'option rows[0][0]'],
  [{ title: 't', columns: ['a'], rows: [[Number.NaN]] }, 'option rows[0][0]'],
  [{ title: 't', columns: ['a'], rows: [{ cells: ['x'], external: '' }] }, 'option rows[0].external'],
  [{ title: 't', columns: ['a'], rows: [], note: 'x' }, 'unknown option note'],
])('what is no table is refused: %j', (options, message) => {
  expect(() => told(options)).toThrow(message)
})
