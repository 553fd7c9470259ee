import { expect, test } from 'vitest'
import { stageLines } from '../../../reporters/terminal/stage-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { measurementData, reference, series } from '../../support/measurement-builder.ts'

const ten = (us: number): number[] => Array<number>(10).fill(us)
const staged = series({
  latencies: ten(100_000),
  distributions: {
    'stage:clone (inferred)': ten(80_000),
    'stage:clone/encode': Array<number>(5).fill(60_000),
    'stage:clone/llm': ten(50_000),
    'stage:post': ten(5_000),
    'stage:post/(overlap)': ten(2_000),
    'stage:(rest)': ten(15_000),
    'counter:cacheHit': [1000, 1000, 0, 0, 0],
  },
})
const load = loadSummary(measurementData({ series: staged }), reference(), [])

test('stages are a tree with shares, what was not measured marked, and counters below', () => {
  expect(stageLines(load, { columns: 120, style: PLAIN_STYLE })).toEqual([
    '  where the time goes      n    mean    sd  share     p50     p95     p99',
    '  total                   10  100 ms  0 us  100 %  100 ms  100 ms  100 ms',
    '    clone (inferred)      10   80 ms  0 us   80 %   80 ms   80 ms   80 ms',
    '      llm                 10   50 ms  0 us   50 %   50 ms   50 ms   50 ms',
    '      encode               5   60 ms  0 us   30 %   60 ms   60 ms   60 ms',
    '    post                  10    5 ms  0 us    5 %    5 ms    5 ms    5 ms',
    '    (rest, not measured)  10   15 ms  0 us   15 %   15 ms   15 ms   15 ms',
    '! in 10 requests the parts of post are longer than it, by 2 ms on average: they overlap, or a unit is wrong',
    '  counter cacheHit · 40 % of 5 answers · total 2 · 5 good answers did not tell it',
  ])
})

test.each([30, 60, 79])('no line is wider than a screen of %i columns', (columns) => {
  const lines = stageLines(load, { columns, style: PLAIN_STYLE })
  expect(lines.join('\n')).toContain('encode')
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns)
})

test('a load without stages and counters says nothing of them', () => {
  expect(stageLines(loadSummary(measurementData(), reference(), []), { columns: 80, style: PLAIN_STYLE })).toEqual([])
})
