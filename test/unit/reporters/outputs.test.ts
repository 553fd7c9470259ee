import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { githubAnnotations } from '../../../reporters/github/annotations.ts'
import { jsonReport } from '../../../reporters/json/json-report.ts'
import { REPORT_SCHEMA } from '../../../reporters/json/report-schema.ts'
import { junitReport } from '../../../reporters/junit/junit-report.ts'
import { markdownReport } from '../../../reporters/markdown/markdown-report.ts'
import { markdownText } from '../../../reporters/markdown/markdown-text.ts'
import { writeOutputs } from '../../../reporters/output-files.ts'
import type { ExpectationRecord } from '../../../src/domain/verdict.ts'
import { attacked } from '../../support/attacked.ts'
import { INVALID, SUSPECT } from '../../support/measurement-builder.ts'
import { fullLoad, PASSED, runReport, specResult } from '../../support/run-report.ts'

const WEAK: ExpectationRecord = { ...PASSED, verdict: 'weak', notes: ['too few requests, 5,000 would do'] }
const FAILED: ExpectationRecord = { ...PASSED, verdict: 'fail', claim: 'error rate below 0.1 %' }
const RUN = runReport([
  specResult(),
  specResult({ name: 'gateway > weak', line: 20, loads: [fullLoad({}, [WEAK])] }),
  specResult({
    name: 'gateway > bad',
    state: 'failed',
    errors: ['0.5 %, 100% wrong\nat: a, b'],
    loads: [fullLoad({}, [FAILED])],
  }),
])

test('Markdown tells the worst first, then what did not simply pass', () => {
  const text = markdownReport(RUN)
  const places = [
    '1 ✗ FAIL, 1 ≈ weak, 1 ✓ pass',
    '| ✗ FAIL | gateway &gt; bad | 603 | 10/s | 80 ms | 109 ms |',
    '| ≈ weak |',
    '| ✓ pass |',
    '### ✗ FAIL',
    '### ≈ weak',
  ]
  const found = places.map((place) => text.indexOf(place))
  expect(found).not.toContain(-1)
  expect(found).toEqual(found.toSorted((a, b) => a - b))
  expect(text).not.toContain('### ✓')
})

test('Markdown keeps to its size and says what had no room', () => {
  const [weak, failed] = [[fullLoad({}, [WEAK])], [fullLoad({}, [FAILED])]]
  const results = Array.from({ length: 399 }, (_, i) => specResult({ name: `t${i}`, loads: weak }))
  const many = runReport([...results, specResult({ name: 't399', state: 'failed', loads: failed })])
  const text = markdownReport(many, 20_000)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
  expect(text.indexOf('t399')).toBeLessThan(text.indexOf('| t0 |'))
  expect(text).toMatch(/\d+ more rows had no room here/)
  expect(text).toMatch(/_\d+ more sections had no room here\._/)
  expect(Buffer.byteLength(markdownReport(many, 300))).toBeLessThanOrEqual(300)
})

test('no text from outside is markup, a mention, a reference or a link in Markdown', () => {
  expect(markdownText('a|b <img> @team #12 [x](https://e.vil) `c` *d*\n::e::')).toBe(
    String.raw`a\|b &lt;img&gt; @​team #​12 \[x\](https:​//e.vil) \`c\` \*d\* ::e::`,
  )
  const text = markdownReport(attacked(RUN))
  expect(text).not.toMatch(/<img|<script|@all|(?<!\\)\[/)
  const rows = text.split('\n').filter((line) => line.startsWith('| '))
  expect(new Set(rows.map((row) => row.replaceAll(String.raw`\|`, '').split('|').length))).toEqual(new Set([12]))
})

test('annotations point at what is weak, and at failures only where Vitest does not', () => {
  const options = { workspace: '/project', failures: false }
  expect(githubAnnotations(RUN, options)).toEqual([
    '::warning file=chat.perf.ts,line=20,title=weak%3A gateway > weak::p99 latency below 1.5 s: 110 ms [108 ms, 110 ms], n = 600%0Atoo few requests, 5,000 would do',
  ])
  expect(githubAnnotations(RUN, { ...options, failures: true })[0]).toBe(
    '::error file=chat.perf.ts,line=7,title=FAIL%3A gateway > bad::0.5 %25, 100%25 wrong%0Aat: a, b',
  )
})

test('annotations tell a regression that nothing claims and suspect numbers, ten of a level', () => {
  const load = fullLoad({ validity: SUSPECT })
  const regressed = { ...load, comparison: { ...load.comparison!, verdict: 'REGRESSED' as const } }
  const lines = githubAnnotations(runReport(Array.from({ length: 8 }, () => specResult({ loads: [regressed] }))), {
    workspace: '/elsewhere',
    failures: true,
  })
  expect(lines).toHaveLength(10)
  expect(lines[0]).toMatch(
    /^::warning file=\/project\/chat\.perf\.ts,line=7,title=REGRESSED%3A gateway > holds 10 qps::against/,
  )
  expect(lines[1]).toContain('title=suspect%3A')
  expect(
    githubAnnotations(attacked(RUN), { workspace: '/', failures: true }).every((line) =>
      /^::(error|warning) [^\n]*$/.test(line),
    ),
  ).toBe(true)
})

test('JSON keeps to its schema, which the package ships, whatever the run was like', () => {
  const shipped: unknown = JSON.parse(
    readFileSync(new URL('../../../reporters/json/report.schema.json', import.meta.url), 'utf8'),
  )
  expect(shipped).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(REPORT_SCHEMA, { reused: 'ref' }))))
  const empty = specResult({
    loads: [fullLoad({ buckets: [], validity: INVALID }, [])],
    state: 'pending',
    line: null,
    durationMs: null,
  })
  for (const run of [RUN, attacked(RUN), runReport([empty])]) {
    const data: unknown = JSON.parse(jsonReport(run))
    expect(REPORT_SCHEMA.safeParse(data).error?.issues ?? []).toEqual([])
  }
  const { tests } = JSON.parse(jsonReport(RUN)) as {
    tests: { verdict: string; loads: { numbers: { latency: { p99: number } } }[] }[]
  }
  expect(tests.map(({ verdict }) => verdict)).toEqual(['pass', 'weak', 'fail'])
  expect(tests[0]!.loads[0]!.numbers.latency.p99).toBe(109_399)
})

test('that most loads moved alike stands before the tables, and as data', () => {
  const alike = { alike: 5, of: 6, change: 0.204 }
  const run = runReport([specResult()], { commonMode: alike })
  const text = markdownReport(run)
  expect(text).toContain('> **5 of 6 loads moved alike, by +20.4 % in the middle')
  expect(text.indexOf('moved alike')).toBeLessThan(text.indexOf('| test |'))
  const data = JSON.parse(jsonReport(run)) as { commonMode: unknown }
  expect(data.commonMode).toEqual(alike)
  expect(REPORT_SCHEMA.safeParse(data).error?.issues ?? []).toEqual([])
})

test('JUnit carries the numbers of loads as properties and stays XML under attack', () => {
  const xml = junitReport(RUN)
  expect(xml).toContain('<testsuite name="chat.perf.ts" tests="3" failures="1" errors="0" skipped="0" time="198.000"')
  expect(xml).toContain('<property name="latency.p50 (us)" value="80150"/>')
  expect(xml).toContain('<property name="claim: p99 latency below 1.5 s" value="pass: 110 ms')
  expect(xml).toContain('<failure message="0.5 %, 100% wrong">0.5 %, 100% wrong&#10;at: a, b</failure>')
  const bad = junitReport(
    attacked(runReport([specResult({ name: 'nul \u0000 esc \u001B half \uD800', state: 'failed' })])),
  )
  expect(
    bad
      .slice(bad.indexOf('\n'))
      .replaceAll(
        /<\/?(?:testsuites|testsuite|testcase|properties|property|failure|\?xml)(?: [\w.]+="[^"<]*")*\/?>?/g,
        '',
      ),
  ).not.toMatch(/[<>]/)
  // oxlint-disable-next-line no-control-regex -- these are what XML cannot hold
  expect(bad).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800]/)
})

test('a file that cannot be written costs one line and no other file', async () => {
  const written: string[] = []
  const output = (name: string, render = () => name) => ({ name, path: `/${name}`, render })
  const { paths, notes } = await writeOutputs(
    RUN,
    [
      output('a'),
      output('b', () => {
        throw new Error('broken\ntemplate')
      }),
      output('c'),
      output('d'),
    ],
    (path) =>
      path === '/c' ? Promise.reject(new Error('ENOSPC: no space left')) : Promise.resolve(void written.push(path)),
  )
  expect([paths, written]).toEqual([
    ['/a', '/d'],
    ['/a', '/d'],
  ])
  expect(notes).toEqual(['no b: broken template', 'no c: ENOSPC: no space left'])
})
