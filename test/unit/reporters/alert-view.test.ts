import { expect, test } from 'vitest'
import { alertLines } from '../../../reporters/terminal/alert-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { AlertSpan } from '../../../src/domain/alert.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { measurementData, reference, series, step } from '../../support/measurement-builder.ts'

const span: AlertSpan = {
  watched: 'host',
  metric: 'cpuShare',
  limit: 0.9,
  side: 'above',
  fromUs: 65e6,
  toUs: 77e6,
  ended: true,
  peak: 0.97,
}
const p99: AlertSpan = { ...span, watched: null, metric: 'p99', limit: 2e6, fromUs: 50e6, ended: false, peak: null }

const load = loadSummary(
  measurementData({
    steps: [step(1, 10, series())],
    alerts: [
      { rule: "{ cpu: '> 90%' }", isWatched: true, spans: Array.from({ length: 7 }, () => span), more: 3 },
      { rule: "{ p99: '> 2s' }", isWatched: true, spans: [p99], more: 0 },
      { rule: "{ temperature: '> 85' }", isWatched: false, spans: [], more: 0 },
      { rule: "{ swap: '> 1GB' }", isWatched: true, spans: [], more: 0 },
    ],
  }),
  reference(),
  [],
)

test('every alert has its span, its farthest value and where in the window it began; one that was not watched says so', () => {
  const lines = alertLines(load, { columns: 120, style: PLAIN_STYLE })
  expect(lines.slice(4)).toEqual([
    '  alert CPU of host above 90 % for 12 s, at most 97 %, from 5 s into the window',
    "  alert { cpu: '> 90%' }: 5 times more",
    '  alert p99 latency above 2 s for 27 s, without a good answer at that rank, from 10 s before the window to the end',
    "  alert { temperature: '> 85' } could not be watched: nothing that was watched told it",
  ])
  expect(alertLines(load, { columns: 50, style: PLAIN_STYLE }).every((line) => displayWidth(line) <= 50)).toBe(true)
})
