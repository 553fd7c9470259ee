import { expect, test } from 'vitest'
import { htmlReport } from '../../../reporters/html/html-report.ts'
import { jsonReport } from '../../../reporters/json/json-report.ts'
import { markdownReport } from '../../../reporters/markdown/markdown-report.ts'
import { reportLines } from '../../../reporters/terminal/report.ts'
import type { TableSummary } from '../../../src/domain/result-table.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { runReport, specResult } from '../../support/run-report.ts'
import { readHtmlAssets } from '../../../src/html-assets.ts'

const TABLE: TableSummary = {
  kind: 'table',
  specId: { file: 'suites/a.perf.ts', path: ['compares'], label: 'beside others' },
  title: 'compares · beside others',
  columns: ['model', 'where', 'tokens/s', 'latency', 'memory', 'share', 'n'],
  rows: [
    {
      cells: [
        'ours',
        'here',
        { value: 93.6, unit: '1/s' },
        { value: 10.3, unit: 'ms', sd: 2.6 },
        { value: 4e9, unit: 'bytes' },
        { value: 0.85, unit: 'share' },
        1500,
      ],
      external: null,
    },
    {
      cells: ['<b>theirs</b>', 'GB10', { value: 20.6, unit: '1/s' }, { value: 4.83, unit: 's' }, null, null, null],
      external: 'the *report*',
    },
  ],
  notes: ['other machines'],
  end: 'done',
}
const RUN = runReport([specResult({ loads: [], searches: [TABLE] })])
const OURS = ['ours', 'here', '93.6/s', '10.3 ms ± 2.6 ms', '4 GB', '85 %', '1,500']

const terminal = (columns: number): string[] =>
  reportLines(
    { loads: [], searches: [TABLE], paths: [], notes: [], interrupted: false },
    { columns, style: PLAIN_STYLE },
  )

test('a table of the spec stands in the terminal, and what is not measured here says so', () => {
  const cells = terminal(120).map((line) => line.trim().split(/\s{2,}/))
  expect(cells).toEqual([
    [''],
    ['compares · beside others'],
    ['suites/a.perf.ts'],
    ['model', 'where', 'tokens/s', 'latency', 'memory', 'share', 'n'],
    OURS,
    ['<b>theirs</b> (external)', 'GB10', '20.6/s', '4.83 s', 'n/a', 'n/a', 'n/a'],
    ['external: not measured here, from the *report*'],
    ['other machines'],
  ])
  const narrow = terminal(50)
  expect(narrow.every((line) => displayWidth(line) <= 50)).toBe(true)
  expect(narrow.join(' ').replaceAll(/\s+/g, ' ')).toContain('<b>theirs</b> (external) · where GB10')
})

test('and in Markdown, HTML and JSON, with nothing of it as markup', () => {
  const markdown = markdownReport(RUN)
  expect(markdown).toContain(`| ${OURS.join(' | ')} |`)
  expect(markdown).toContain('| &lt;b&gt;theirs&lt;/b&gt; (external) | GB10 | 20.6/s |')
  expect(markdown).toContain('| --- | --- | ---: |')
  expect(markdown).toContain(String.raw`external: not measured here, from the \*report\*`)
  const html = htmlReport(RUN, readHtmlAssets(new URL('../../../dist/html/', import.meta.url)))
  for (const cell of OURS.slice(1)) expect(html).toContain(`>${cell}</td>`)
  expect(html).toContain('<th scope="row">&lt;b&gt;theirs&lt;/b&gt; (external)</th>')
  expect(html).not.toContain('<b>theirs')
  expect(JSON.parse(jsonReport(RUN)).tests[0].procedures[0].rows[1]).toMatchObject({ external: 'the *report*' })
})
