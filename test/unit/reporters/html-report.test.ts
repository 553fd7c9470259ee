import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ChartSpec } from '../../../reporters/html/chart-spec.ts'
import { htmlReport } from '../../../reporters/html/html-report.ts'
import { readHtmlAssets } from '../../../src/html-assets.ts'
import { ATTACK, attacked } from '../../support/attacked.ts'
import { measurementData, series } from '../../support/measurement-builder.ts'
import { bucket, fullLoad, PASSED, runReport, specResult } from '../../support/run-report.ts'

const ASSETS = readHtmlAssets(new URL('../../../dist/html/', import.meta.url))

function chartsIn(html: string): ChartSpec[] {
  return JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)![1]!) as ChartSpec[]
}

test('tells a run from its verdicts to its figures, in this order', () => {
  const html = htmlReport(runReport(), ASSETS)
  const places = [
    '1 pass',
    'p99 latency below 1.5 s',
    'Trend of p50 latency',
    'Latency over time',
    'Throughput',
    '<strong>Errors</strong>',
    'Share of what there is',
    'Percentiles of latency, service time',
    'Distribution of TTFT',
    'Where the time goes',
    'Saved since the first run',
    'Findings',
    'Percentiles of good answers',
    'Environment',
  ].map((text) => html.indexOf(text))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
})

test('says above all tests that most loads moved alike', () => {
  const html = htmlReport(runReport([specResult()], { commonMode: { alike: 5, of: 6, change: 0.204 } }), ASSETS)
  const place = html.indexOf('5 of 6 loads moved alike, by +20.4 % in the middle')
  expect(place).toBeGreaterThan(0)
  expect(place).toBeLessThan(html.indexOf('id="tests"'))
})

test('lets nothing from outside be markup, in text, attributes or data', () => {
  const html = htmlReport(attacked(runReport()), ASSETS)
  expect(html.match(/<script/g)).toHaveLength(2)
  expect(html).not.toContain('<img')
  expect(html).not.toContain(ATTACK)
  expect(html.split('</script>')).toHaveLength(3)
  expect(chartsIn(html)[0]!.x.names![0]).toContain(ATTACK)
})

test('has a policy that lets nothing run and nothing load but what stands in it', () => {
  const html = htmlReport(runReport(), ASSETS)
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64')
  const policy = /Content-Security-Policy" content="([^"]*)"/
    .exec(html)![1]!
    .replaceAll('&#x27;', "'")
    .replaceAll('&#x3D;', '=')
  const script = /<script>(.*)<\/script>/s.exec(html)![1]!
  const style = /<style>(.*)<\/style>/s.exec(html)![1]!
  expect(policy).toBe(
    `default-src 'none'; script-src 'sha256-${hash(script)}'; style-src 'sha256-${hash(style)}'; base-uri 'none'; form-action 'none'`,
  )
  expect(html.replace(/<script.*?<\/script>/gs, '')).not.toMatch(/https?:\/\/|style="|\son\w+=/)
})

test('a load without an answer has n/a for its latency, and no chart of nothing', () => {
  const nothing = series({ latencies: [], outcomes: { failedByKind: { connection: 5 } } })
  const load = fullLoad(
    { series: nothing, steps: measurementData({ series: nothing }).steps, buckets: [], watched: [] },
    [],
  )
  const html = htmlReport(runReport([specResult({ loads: [{ ...load, trend: null }] })]), ASSETS)
  expect(html).toContain('<dt>p99 latency</dt><dd>n/a')
  expect(html).toMatch(/<th scope="row">latency<\/th><td>0<\/td><td>n\/a/)
  expect(chartsIn(html)).toEqual([])
})

test('findings and alerts stand with what to do about them', () => {
  const found = {
    kind: 'one-core',
    message: 'one thread was at its limit',
    advice: 'start more workers',
    evidence: 0.5,
    numbers: {},
  } as const
  const alert = { rule: "{ cpu: '> 90%' }", isWatched: false, spans: [], more: 0 }
  const load = { ...fullLoad(), findings: [found], alerts: [alert] } as unknown as ReturnType<typeof fullLoad>
  const html = htmlReport(runReport([specResult({ loads: [load] })]), ASSETS)
  expect(html).toContain('<b>finding</b> one thread was at its limit; try: start more workers')
  expect(html).toContain('could not be watched')
})

test('seconds that nobody measured are a gap in every line', () => {
  const seconds = [0, 1, 2, 10, 11].map((second) => bucket(second))
  const charts = chartsIn(htmlReport(runReport([specResult({ loads: [fullLoad({ buckets: seconds })] })]), ASSETS))
  const latency = charts.find(({ id }) => id.endsWith('-latency'))!
  expect(latency.x.values).toEqual([-5, -4, -3, -2, 5, 6])
  expect(latency.series[0]!.values).toEqual([80_000, 80_000, 80_000, null, 80_000, 80_000])
})

test('two hundred long loads stay below five megabytes and keep their highest values', { timeout: 60_000 }, () => {
  const peak = 403
  const long = fullLoad({
    buckets: Array.from({ length: 600 }, (_, second) =>
      bucket(second, {
        latencyP99Us: second === peak ? 987_654 : 100_000 + ((second * 7919) % 9973),
        outputTokens: second,
      }),
    ),
  })
  const results = Array.from({ length: 200 }, (_, i) => specResult({ name: `holds ${i}`, loads: [long] }))
  const html = htmlReport(runReport(results), ASSETS)
  expect(Buffer.byteLength(html)).toBeLessThan(5e6)
  const latency = chartsIn(html).filter(({ id }) => id.endsWith('-latency'))
  expect(latency).toHaveLength(200)
  expect(Math.max(...latency[0]!.series[1]!.values.map((value) => value ?? 0))).toBe(987_654)
  expect(html.match(/<details class="test[^>]* open>/g)).toBeNull()
})

test('what a procedure shows together is folded below it', () => {
  const specId = { file: 'chat.perf.ts', path: ['gateway', 'grows'], label: '' }
  const cells = [1, 4].map((users) => ({ label: `users=${users}`, point: { users }, why: null }))
  const loads = cells.map(({ label }) => ({ ...fullLoad({}, [PASSED]), title: label, specId: { ...specId, label } }))
  const sweep = {
    kind: 'sweep',
    specId,
    title: 'grows',
    axes: [{ name: 'users', values: [1, 4] }],
    cells,
    end: 'done',
  } as const
  const html = htmlReport(runReport([specResult({ loads, searches: [sweep] })]), ASSETS)
  expect(html).toContain('2 of 2 cells measured')
  expect(html).toMatch(/<td class="heat h0">80 ms<\/td>/)
  expect(html.indexOf('2 loads of the procedure')).toBeLessThan(html.indexOf('<h3>users&#x3D;1</h3>'))
})
