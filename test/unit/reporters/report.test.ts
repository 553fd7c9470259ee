import { describe, expect, test } from 'vitest'
import { reportLines } from '../../../reporters/terminal/report.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { LoadSummary } from '../../../src/domain/perf-meta.ts'
import type { ExpectationRecord } from '../../../src/domain/verdict.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import {
  INVALID,
  measurementData,
  reference,
  series,
  spread,
  step,
  SUSPECT,
} from '../../support/measurement-builder.ts'

const streamed = series({
  outputTokens: 76_800,
  distributions: {
    ttft: spread(600, 20_000, 60_000),
    tpot: spread(600, 9_000, 11_000),
    interChunkLatency: spread(6_000, 8_000, 14_000),
    outputTokens: spread(600, 100, 128),
  },
})
const EXPECTATIONS: readonly ExpectationRecord[] = [
  {
    matcher: 'toHaveP99Below',
    claim: 'p99 latency below 1.5 s',
    verdict: 'pass',
    measured: '109 ms [109 ms, 110 ms], n = 600',
    negated: false,
    distance: '1.39 s (92.7 %) under',
    notes: [],
  },
  {
    matcher: 'toHaveP999Below',
    claim: 'p99.9 latency below 120 ms',
    verdict: 'weak',
    measured: '110 ms, n = 600',
    negated: false,
    distance: '10 ms (8.33 %) under',
    notes: ['n = 600 is too small for p99.9: its 95 % upper bound exists from n = 2,995 on'],
  },
  {
    matcher: 'toHaveMaxBelow',
    claim: 'max latency below 100 ms',
    verdict: 'fail',
    measured: '110 ms, n = 600',
    negated: false,
    distance: '10 ms (10 %) over',
    notes: [],
  },
]

/** A load without comparison or trend, so that only its own numbers show. */
function load(
  data: Parameters<typeof measurementData>[0],
  expectations: readonly ExpectationRecord[] = [],
): LoadSummary {
  return { ...loadSummary(measurementData(data), reference(), expectations), comparison: null, trend: null }
}

function lines(columns: number, loads: readonly LoadSummary[], rest: object = {}): string[] {
  return reportLines(
    { loads, searches: [], paths: [], notes: [], interrupted: false, ...rest },
    { columns, style: PLAIN_STYLE },
  )
}

describe('one load', () => {
  const chat = load(
    { series: streamed, steps: [step(0, 10, streamed)], tokenSource: 'usage', validity: SUSPECT },
    EXPECTATIONS,
  )

  test('is a block with a small table at 80 columns', () => {
    expect(lines(80, [chat]).join('\n')).toBe(`
holds 10 qps
chat.perf.ts · 10/s poisson for 60 s after 5 s of warm-up
n 600 · 10 qps · mean 80 ms ± 17.4 ms · 1,280 tokens/s · errors 0 %
                    n    p50      p90      p95      p99     max
  latency         600  80 ms   104 ms   107 ms   109 ms  110 ms
  service time    600  79 ms   103 ms   106 ms   108 ms  109 ms
  TTFT            600  40 ms    56 ms    58 ms  59.6 ms   60 ms
  TPOT            600  10 ms  10.8 ms  10.9 ms    11 ms   11 ms
  inter-chunk   6,000  11 ms  13.4 ms  13.7 ms  13.9 ms   14 ms
! suspect: latency rose during the window; warm up longer
✓ p99 latency below 1.5 s · 109 ms [109 ms, 110 ms], n = 600
  1.39 s (92.7 %) under
≈ weak: p99.9 latency below 120 ms · 110 ms, n = 600 · 10 ms (8.33 %) under
    n = 600 is too small for p99.9: its 95 % upper bound exists from n = 2,995
    on
✗ FAIL: max latency below 100 ms · 110 ms, n = 600 · 10 ms (10 %) over`)
  })

  test('is a row of one table at 120 columns', () => {
    expect(lines(120, [chat]).join('\n')).toBe(`
                  n  qps    p50     p90     p95     p99     max  TTFT p95  TPOT p50  tokens/s  errors  verdict
holds 10 qps
  latency       600   10  80 ms  104 ms  107 ms  109 ms  110 ms     58 ms     10 ms     1,280     0 %  FAIL
  service time  600       79 ms  103 ms  106 ms  108 ms  109 ms

holds 10 qps
chat.perf.ts · 10/s poisson for 60 s after 5 s of warm-up
! suspect: latency rose during the window; warm up longer
✓ p99 latency below 1.5 s · 109 ms [109 ms, 110 ms], n = 600 · 1.39 s (92.7 %) under
≈ weak: p99.9 latency below 120 ms · 110 ms, n = 600 · 10 ms (8.33 %) under
    n = 600 is too small for p99.9: its 95 % upper bound exists from n = 2,995 on
✗ FAIL: max latency below 100 ms · 110 ms, n = 600 · 10 ms (10 %) over`)
  })

  test('stacks its percentiles where the small table does not fit', () => {
    expect(lines(50, [chat])).toContain('  latency · n 600 · p50 80 ms · p90 104 ms')
    expect(lines(50, [chat])).toContain('    p95 107 ms · p99 109 ms · max 110 ms')
  })

  test.each([30, 50, 80, 119, 120, 200])('is never wider than %i columns', (columns) => {
    const wide = load(
      {
        specId: {
          file: '模型/音声.perf.ts',
          path: ['音声合成の遅延がとても長いタイトルのテスト'.repeat(3)],
          label: '',
        },
        validity: INVALID,
        steps: [step(0, 10, streamed), step(1, 5_000, series({ latencies: [123_456_789_000] }))],
        errors: [{ request: 'chat', kind: 'timeout', detail: 'total', message: 'x'.repeat(250), count: 7 }],
      },
      EXPECTATIONS,
    )
    for (const line of lines(columns, [wide, chat])) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })
})

test('an invalid load says why and is never called anything else', () => {
  const invalid = load({ validity: INVALID }, [
    {
      matcher: 'toHaveP99Below',
      claim: 'p99 latency below 1 s',
      verdict: 'invalid',
      measured: '',
      negated: false,
      notes: ['invalid: pacer lag'],
    },
  ])
  expect(lines(80, [invalid]).slice(-3)).toEqual([
    '! invalid: pacer lag p99 14 ms is over 2 ms; use more generators',
    '! INVALID: p99 latency below 1 s',
    '    invalid: pacer lag',
  ])
  const passed = load({ validity: INVALID }, EXPECTATIONS.slice(0, 1))
  expect(lines(120, [passed])[3]).toMatch(/ INVALID$/)
})

test('a load that nobody judged says so', () => {
  expect(lines(80, [load({})]).at(-1)).toBe('  no expectation was judged on this load')
  expect(lines(120, [load({})])[3]).toMatch(/ no claim$/)
})

test('a load without a good answer prints n/a and its errors, never 0 us', () => {
  const dead = load({
    series: series({ latencies: [], outcomes: { failedByKind: { connection: 40 }, dropped: 3 } }),
    errors: [{ request: 'chat', kind: 'connection', detail: 'ECONNREFUSED', message: 'connection refused', count: 40 }],
  })
  expect(lines(80, [dead]).slice(3)).toEqual([
    'n 43 · 0 qps · errors 100 % · 40 failed · 3 dropped',
    '           n  p50  p90  p95  p99  max',
    '  latency  0  n/a  n/a  n/a  n/a  n/a',
    '  most frequent error: connection ECONNREFUSED on chat, 40 times: connection',
    '    refused',
    '  no expectation was judged on this load',
  ])
})

test("steps have numbers of their own, and tokens that were not the server's a tilde", () => {
  const stepped = load({
    steps: [step(0, 10, streamed), step(1, null, series({ latencies: spread(100, 1_000, 2_000) }), 20)],
    tokenSource: 'estimated',
  })
  const text = lines(80, [stepped])
  expect(text).toContain('  step 1 · 10/s')
  expect(text).toContain('n 600 · 10 qps · mean 80 ms ± 17.4 ms · ~1,280 tokens/s · errors 0 %')
  expect(text).toContain('  step 2 · 20 users')
})

test('notes are said once, paths are whole, an interrupt comes first', () => {
  const noted = { ...load({}), notes: ['baseline x is truncated'] }
  const path = `.perf/history/2025-11/${'0'.repeat(80)}.json`
  const text = lines(80, [noted, noted], { paths: [path], notes: ['wrote a provisional baseline'], interrupted: true })
  expect(text[0]).toBe('perf: interrupted; this is what was measured until then')
  expect(text.slice(-6)).toEqual([
    '',
    'perf: baseline x is truncated',
    'perf: wrote a provisional baseline',
    '',
    'written',
    `  ${path}`,
  ])
})

test('what was done to the target stands before the verdicts, with what it cost', () => {
  const hit = series({ outcomes: { failedByKind: { connection: 111 }, dropped: 2 } })
  const faulty = load({
    series: hit,
    steps: [{ ...step(0, 10, hit), startUs: 1e6, endUs: 61e6 }],
    events: [
      { kind: 'mark', name: 'deploy', atUs: 500_000, errorUs: 0 },
      { kind: 'fault', name: 'SIGKILL', atUs: 6_010_000, errorUs: 34_000 },
    ],
  })
  const printed = lines(80, [faulty])
  expect(printed.join('\n')).toContain(
    [
      '  mark deploy · 500 ms before the window',
      '  fault SIGKILL · 5.01 s into the window · within 34 ms',
      '  available n/a · 113 of 713 requests lost · 111 connection · 2 dropped',
    ].join('\n'),
  )
  expect(lines(80, [load({})]).join('\n')).not.toContain('available')
})

test('named requests have rows and checks their shares, and many names do not bury the rest', () => {
  const named = (count: number): Record<string, ReturnType<typeof series>> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`page ${i}`, series({ latencies: [1000, 2000] })]))
  const checks = { 'status is 200': { passed: 49, failed: 1 } }
  const few = lines(80, [load({ requests: named(1), checks })]).join('\n')
  expect(few).toMatch(/^ {2}page 0\nn 2 · .*\n.*\n {2}latency +2 /m)
  expect(few).toContain('  check status is 200 · 98 % · 49 of 50 held')
  const many = lines(120, [load({ requests: named(25) })]).join('\n')
  expect(many).toContain('5 more names are only in JSON')
  expect(many.match(/^ {2}page \d+$/gm)).toHaveLength(20)
})

test('classes of prompts have rows beside the total, with mean and deviation at every width', () => {
  const promptClasses = { short: series({ latencies: [1000, 2000] }), long: series({ latencies: [5000, 9000] }) }
  const narrow = lines(80, [load({ promptClasses })]).join('\n')
  expect(narrow).toMatch(/^ {2}class short\nn 2 · .*mean 1.5 ms ± 707 us/m)
  expect(lines(120, [load({ promptClasses })]).join('\n')).toContain('  class long · mean 7 ms ± 2.83 ms')
})
