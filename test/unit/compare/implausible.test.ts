import { expect, test } from 'vitest'
import { expectationLines } from '../../../reporters/terminal/load-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { HistoryPoint } from '../../../src/domain/history.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { INVALID, measurementData, reference, series, spread } from '../../support/measurement-builder.ts'

const past = (us: number, changes: Partial<HistoryPoint> = {}): HistoryPoint => ({
  runId: String(us),
  startedAt: '2025-11-20T00:00:00.000Z',
  commit: null,
  status: 'passed',
  hardHash: 'abc',
  branch: null,
  dirty: null,
  origin: 'measured',
  stages: [],
  metrics: { 'latency.p50': { value: us, lower: null, upper: null, n: 100 } },
  ...changes,
})
const fast = measurementData({ series: series({ latencies: spread(100, 9000, 9400) }) })
const HISTORY = [past(4_800_000), past(5_000_000), past(20_000)]

test('a median latency under 1 % of the usual one is flagged', () => {
  const summary = loadSummary(fast, reference({ history: HISTORY }), [])
  expect(summary.implausible).toMatchObject({ usualUs: 4_800_000, runs: 3 })
  expect(expectationLines(summary, { columns: 200, style: PLAIN_STYLE })[0]).toBe(
    '! p50 latency 9.2 ms is 0.192 % of the 4.8 s that comparable runs took (3): make sure that the service itself answered, not a fallback',
  )
})

test.each([
  ['is not that fast', [past(900_000)]],
  ['has no comparable run', [past(5_000_000, { hardHash: 'other' }), past(5_000_000, { status: 'aborted' })]],
  ['has no history', []],
])('nothing is flagged where a load %s', (_, history) => {
  expect(loadSummary(fast, reference({ history }), []).implausible).toBeNull()
})

test('nothing is flagged where the numbers may not be judged', () => {
  expect(loadSummary({ ...fast, validity: INVALID }, reference({ history: HISTORY }), []).implausible).toBeNull()
})
