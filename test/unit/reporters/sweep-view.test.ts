import { expect, test } from 'vitest'
import { sweepLines } from '../../../reporters/terminal/sweep-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { LoadSummary } from '../../../src/domain/perf-meta.ts'
import { pointsOf, pointText, type SweepAxis, type SweepSummary } from '../../../src/domain/sweep.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { INVALID, measurementData, plan, reference, series, spread } from '../../support/measurement-builder.ts'

const AXES: readonly SweepAxis[] = [
  { name: 'promptTokens', values: [1000, 2000] },
  { name: 'users', values: [1, 4] },
]
const sweepOf = (axes: readonly SweepAxis[], rest: Partial<SweepSummary> = {}): SweepSummary => ({
  kind: 'sweep',
  specId: { file: 'a.perf.ts', path: ['sweeps'], label: 'sweep' },
  title: 'sweeps · sweep',
  axes,
  cells: pointsOf(axes).map((point) => ({ label: pointText(point), point, why: null })),
  end: 'done',
  ...rest,
})
const loadOf = (label: string, ms: number, parts: object = {}): LoadSummary =>
  loadSummary(
    measurementData({
      specId: { file: 'a.perf.ts', path: ['sweeps'], label },
      plan: plan({ label }),
      series: series({ latencies: spread(100, ms * 1000, ms * 1000), ...parts }),
      ...parts,
    }),
    reference(),
    [],
  )
const lines = (sweep: SweepSummary, loads: readonly LoadSummary[], columns = 80): string[] =>
  sweepLines(sweep, loads, { columns, style: PLAIN_STYLE })

test('draws a matrix for each metric, with what failed, was not run and may not be judged', () => {
  const sweep = sweepOf(AXES)
  const cells = sweep.cells.map((cell, i) => (i === 2 ? { ...cell, why: 'the server went away' } : cell))
  const loads = [
    loadOf(cells[0]!.label, 5),
    loadOf(cells[1]!.label, 20),
    loadOf(cells[3]!.label, 40, { validity: INVALID }),
  ]
  expect(lines({ ...sweep, cells }, loads)).toEqual([
    'sweeps · sweep',
    'a.perf.ts · 10/s poisson for 60 s · 3 of 4 cells measured',
    '  p50 latency',
    '                     users=1  users=4',
    '  promptTokens=1000     5 ms    20 ms',
    '  promptTokens=2000      n/a  ! 40 ms',
    '  p99 latency',
    '                     users=1  users=4',
    '  promptTokens=1000     5 ms    20 ms',
    '  promptTokens=2000      n/a  ! 40 ms',
    '  qps',
    '                     users=1   users=4',
    '  promptTokens=1000   1.67/s    1.67/s',
    '  promptTokens=2000      n/a  ! 1.67/s',
    'promptTokens=2000, users=1',
    '✗ the server went away',
    'promptTokens=2000, users=4',
    '! invalid: pacer lag p99 14 ms is over 2 ms; use more generators',
  ])
})

test('puts the values of a single axis below each other, and says that it was stopped', () => {
  const sweep = sweepOf([{ name: 'users', values: [1, 4] }], { end: 'aborted' })
  expect(lines(sweep, [loadOf('users=1', 5, { outputTokens: 6000 })])).toEqual([
    'sweeps · sweep',
    'a.perf.ts · 10/s poisson for 60 s · 1 of 2 cells measured',
    '  stopped: these are the cells until then',
    '  users    n  p50 latency  p99 latency  tokens/s     qps',
    '  1      100         5 ms         5 ms    ~100/s  1.67/s',
    '  4      n/a          n/a          n/a       n/a     n/a',
  ])
})

test('draws nothing of a sweep that was stopped before its first cell had ended', () => {
  expect(lines(sweepOf(AXES, { end: 'aborted' }), [])).toEqual([])
})

test.each([100, 60, 40])('is never wider than %d columns', (columns) => {
  const sweep = sweepOf([...AXES, { name: 'quantisation', values: ['fp16', 'int4', 'int8'] }])
  const loads = sweep.cells.map(({ label }) => loadOf(label, 1234))
  for (const line of lines(sweep, loads, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
})
