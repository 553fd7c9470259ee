import { expect, test } from 'vitest'
import { capacityLines } from '../../../reporters/terminal/capacity-view.ts'
import type { CapacitySummary, TrialSummary } from '../../../src/domain/capacity.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'

const trial = (level: number, rest: Partial<TrialSummary> = {}): TrialSummary => ({
  level,
  confirming: false,
  outcome: 'passed',
  why: 'p99 latency 12 ms, errors 0 %, no backlog',
  windowUs: 5e6,
  attempted: level * 5,
  qps: level,
  latencyP50Us: 5200,
  latencyP99Us: 12_000,
  errorRate: 0,
  ...rest,
})
const SEARCH: CapacitySummary = {
  kind: 'capacity',
  specId: { file: 'chat.perf.ts', path: ['holds'], label: 'capacity' },
  title: 'holds · capacity',
  by: 'rate',
  from: 5,
  to: 200,
  limits: { percentiles: [{ metric: 'latency', p: 99, limitUs: 500_000 }], errorRate: 0.01, goodFraction: null },
  precision: 0.05,
  end: 'found',
  highestPassing: 40,
  firstFailing: 41.5,
  confirmed: true,
  trials: [
    trial(20),
    trial(80, {
      outcome: 'failed',
      qps: 41,
      latencyP99Us: 2_400_000,
      errorRate: 0.03,
      why: 'p99 latency 2.4 s not below 500 ms, errors 3 %, over 1 %',
    }),
    trial(40),
    trial(41.5, { outcome: 'failed', qps: 40.2, why: '12 of 208 arrivals piled up' }),
  ],
  notes: ['trials at 10 disagree: 1 passed, 1 failed'],
}
const lines = (search: Partial<CapacitySummary>, columns = 80): string[] =>
  capacityLines({ ...SEARCH, ...search }, { columns, style: PLAIN_STYLE })

test('draws the answer, the question and the trials by level', () => {
  expect(lines({})).toEqual([
    'holds · capacity · 40/s; 41.5/s fails',
    'chat.perf.ts · 5/s to 200/s until p99 latency below 500 ms, errors at most 1 %',
    '  4 trials',
    '    rate  answered     p50    p99  errors',
    '✓   20/s      20/s  5.2 ms  12 ms     0 %  ███████████▊',
    '✓   40/s      40/s  5.2 ms  12 ms     0 %  ███████████████████████▍',
    '✗ 41.5/s    40.2/s  5.2 ms  12 ms     0 %  ███████████████████████▌',
    '    12 of 208 arrivals piled up',
    '✗   80/s      41/s  5.2 ms  2.4 s     3 %  ████████████████████████',
    '    p99 latency 2.4 s not below 500 ms, errors 3 %, over 1 %',
    '  trials at 10 disagree: 1 passed, 1 failed',
  ])
})

test.each([
  [{ highestPassing: null, firstFailing: 5, end: 'from-fails' }, 'fails at 5/s already'],
  [{ highestPassing: 200, firstFailing: null, end: 'to-passes' }, 'at least 200/s; nothing above was asked for'],
  [{ firstFailing: null, end: 'generator' }, 'at least 40/s; the generator could not go further'],
  [{ highestPassing: null, firstFailing: null, end: 'generator' }, 'unknown: the generator could not apply 5/s'],
  [
    { firstFailing: null, confirmed: false, end: 'time-used-up' },
    'at least 40/s, not confirmed; no failing level was found',
  ],
  [{ confirmed: false, end: 'time-used-up' }, '40/s, not confirmed; 41.5/s fails'],
  [{ by: 'users', highestPassing: 1, firstFailing: 2 }, '1 user; 2 users fails'],
] as const)('says in words what %j is', (search, answer) => {
  expect(lines(search)[0]).toBe(`holds · capacity · ${answer}`)
})

test('says that a search was stopped, with what it had', () => {
  expect(lines({ end: 'aborted', confirmed: false }).join(' ')).toMatch(/stopped: these are the trials until then/)
  expect(lines({ end: 'aborted', trials: [], notes: [] })).toHaveLength(3)
})

test.each([200, 80, 60, 40])('is never wider than %d columns', (columns) => {
  for (const line of lines({}, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(columns, 46))
})
