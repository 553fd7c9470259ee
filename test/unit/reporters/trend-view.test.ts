import { expect, test } from 'vitest'
import { trendLines } from '../../../reporters/terminal/trend-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { Comparison, Trend, TrendPoint } from '../../../src/domain/comparison.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { measurementData, reference } from '../../support/measurement-builder.ts'

/** Points of these values, the last one this run's; the commit of each is its number. */
function trendOf(values: readonly number[], parts: Partial<Trend> = {}): Trend {
  const points = values.map((value, i): TrendPoint => ({
    runId: `r${i}`,
    label: `v${i + 1}`,
    startedAt: '2025-11-22T00:00:00.000Z',
    value,
    change: i === 0 ? null : value / values[i - 1]! - 1,
    cumulative: i === 0 ? null : value / values[0]! - 1,
    speedup: i === 0 ? null : values[0]! / value,
    current: i === values.length - 1,
    runs: 1,
    cv: null,
    origin: 'measured',
    samples: null,
  }))
  return {
    metric: 'latency.p50',
    points,
    incomparable: 0,
    changes: [],
    creep: null,
    speedupInterval: null,
    stages: [],
    stageVersions: null,
    ...parts,
  }
}

const COMPARISON: Comparison = {
  verdict: 'REGRESSED',
  against: 'the last 3 runs',
  runCv: { value: 0.05, source: 'assumed' },
  notes: ['run-to-run noise of 5 % is assumed'],
  metrics: [
    {
      metric: 'latency.p50',
      verdict: 'REGRESSED',
      current: 200_000,
      reference: 100_000,
      change: 1,
      changeInterval: [0.7, 1.3],
      detectable: 0.2,
      runsNeeded: null,
    },
  ],
}

function lines(columns: number, trend: Trend | null, comparison: Comparison | null = null): string[] {
  return trendLines(
    { ...loadSummary(measurementData(), reference(), []), trend, comparison },
    { columns, style: PLAIN_STYLE },
  )
}

test('a trend shows bars, change, factor and what it adds up to', () => {
  expect(lines(80, trendOf([24e6, 17e6, 12e6, 8.3e6], { incomparable: 2 })).join('\n')).toBe(`\
holds 10 qps · p50 latency (lower is better) · 4 comparable runs
  2 of other environments or workloads left out
 v1        24 s ████████████████████████████████  first
 v2        17 s ██████████████████████▋           −29.2 %  1.41×
 v3        12 s ████████████████                  −29.4 %  1.42×
 this run 8.3 s ███████████▏                      −30.8 %  1.45×
 cumulative −65.4 % · 2.89×`)
})

test('the factor of a rate counts the other way round', () => {
  const rate = trendOf([10, 15], { metric: 'qps' })
  expect(lines(80, rate)[2]).toMatch(/\+50 % {4}1\.50×$/)
})

test('a comparison gives verdict, reference, noise and each metric', () => {
  expect(lines(80, null, COMPARISON)).toEqual([
    'holds 10 qps',
    ' REGRESSED against the last 3 runs · run-to-run CV 5 % (assumed)',
    '   p50 latency REGRESSED · 100 ms → 200 ms · +100 % [+70 %, +130 %]',
    '     detectable from 20 %',
    '   run-to-run noise of 5 % is assumed',
  ])
})

test('a first run has nothing to compare with', () => {
  expect(lines(80, trendOf([80_000]))).toEqual([
    'holds 10 qps · p50 latency (lower is better) · 1 comparable run',
    ' this run 80 ms ████████████████████████████████  first',
    ' first run of this spec here: later runs are compared with it',
  ])
})

test('a long history shows the first and the last runs', () => {
  const text = lines(80, trendOf(Array.from({ length: 200 }, (_, i) => 1e6 + i)))
  expect(text).toHaveLength(11)
  expect(text[1]).toMatch(/^ v1 /)
  expect(text[2]).toBe(' … 192 runs not shown')
  expect(text[3]).toMatch(/^ v194 /)
  expect(text[9]).toMatch(/^ this run /)
})

test.each([20, 40, 80, 120])('no line is wider than %i columns', (columns) => {
  const wide = trendOf([24e6, 17e6, 12e6, 8.3e6].map((value) => value * 1.2345))
  for (const line of lines(columns, wide, COMPARISON)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
})

test('without trend and comparison there is nothing to say', () => {
  expect(lines(80, null)).toEqual([])
})

test('a change of level is marked at its bar and told, also where there is no bar for it, and so is creep', () => {
  const changes = [{ index: 2, label: 'v3', before: 20e6, after: 10e6, change: -0.5, better: true }]
  const text = lines(80, trendOf([20e6, 20e6, 10e6, 10e6], { changes, creep: 0.06 }))
  expect(text.filter((line) => line.includes('◆'))).toEqual([
    expect.stringMatching(/^ v3 .*2\.00× {2}◆$/),
    ' ◆ level −50 % better from v3 on · 20 s → 10 s · 2025-11-22',
  ])
  expect(text).toContain(' creeping: +6 % since its level was set, with no single run to blame')
})
