import { expect, test } from 'vitest'
import { exhaustionLines } from '../../../reporters/terminal/exhaustion-view.ts'
import type { ExhaustionSummary } from '../../../src/domain/exhaustion.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'

const trial = {
  confirming: false,
  windowUs: 3e6,
  attempted: 300,
  latencyP50Us: 5000,
  latencyP99Us: 9000,
  errorRate: 0,
} as const
const RAMP: ExhaustionSummary = {
  kind: 'exhaustion',
  specId: { file: 'a.perf.ts', path: ['breaks'], label: 'exhaust' },
  title: 'breaks · exhaust',
  by: 'rate',
  from: 100,
  to: 1000,
  refusal: 0.2,
  end: 'refused',
  signs: [
    { kind: 'queue', detail: '', atUs: 4e6, level: 500, figure: '60 of 1,500 arrivals piled up' },
    { kind: 'http', detail: '503', atUs: 6.2e6, level: 600, figure: '400 of 1,800 requests: HTTP 503' },
  ],
  trials: [
    { ...trial, level: 500, outcome: 'passed', why: '60 of 1,500 arrivals piled up', qps: 480 },
    { ...trial, level: 600, outcome: 'failed', why: '400 of 1,800', qps: 466, errorRate: 0.22 },
  ],
  notes: [],
}
const lines = (ramp: Partial<ExhaustionSummary> = {}, columns = 80): string[] =>
  exhaustionLines({ ...RAMP, ...ramp }, { columns, style: PLAIN_STYLE })

test('tells what gave out first, then everything in order, then the steps', () => {
  expect(lines()).toEqual([
    'breaks · exhaust · first: queue growing at 500/s',
    'a.perf.ts · 100/s to 1,000/s until 20 % of the requests fail · 2 steps',
    '  ended: the target refused',
    '1. queue growing · at 500/s · after 4 s · 60 of 1,500 arrivals piled up',
    '2. HTTP 503 · at 600/s · after 6.2 s · 400 of 1,800 requests: HTTP 503',
    '   rate  answered   p50   p99  errors',
    '✓ 500/s     480/s  5 ms  9 ms     0 %  ████████████████████████',
    '✗ 600/s     466/s  5 ms  9 ms    22 %  ███████████████████████▎',
  ])
})

test.each([
  [{ signs: [], end: 'to-reached' }, 'nothing gave out up to 1,000/s'],
  [
    { signs: [{ ...RAMP.signs[0]!, kind: 'generator' }], end: 'generator' },
    "the generator gave out first, at 500/s: the target's limit was not reached",
  ],
  [{ signs: [{ ...RAMP.signs[1]!, kind: 'connection', detail: 'refused' }] }, 'first: connection refused at 600/s'],
] as const)('says in words what gave out (%#)', (ramp, answer) => {
  expect(lines(ramp, 200)[0]).toBe(`breaks · exhaust · ${answer}`)
})

test.each([120, 80, 60])('is never wider than %d columns', (columns) => {
  for (const line of lines({}, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
})
