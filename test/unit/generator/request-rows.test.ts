import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { percentile } from '../../../src/domain/distribution.ts'
import type { SeriesLevel } from '../../../src/domain/measurement.ts'
import { seededRandom } from '../../../src/domain/random.ts'
import { Recorder } from '../../../src/generator/recorder.ts'
import { RequestRows, type RequestRowsParts } from '../../../src/generator/request-rows.ts'
import { rowFile } from '../../../src/generator/row-file.ts'
import { httpScenario, loadPlan, users } from '../../support/load-plan.ts'
import { observation, streamed } from '../../support/observation.ts'

/** Rows in memory. */
function rowsOf(parts: Partial<RequestRowsParts> = {}) {
  let text = ''
  const notes: string[] = []
  const rows = new RequestRows({
    append: (more) => void (text += more),
    share: 1,
    random: seededRandom(1),
    note: (message) => void notes.push(message),
    ...parts,
  })
  const lines = (): Record<string, unknown>[] => {
    rows.flush()
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return { rows, lines, notes }
}

/** Of the histograms' buckets. */
const THREE_DIGITS = 1e-3
const LEVELS: ReadonlySet<SeriesLevel> = new Set(['iteration', 'request'])

function recorderWith(rows: RequestRows, levels: ReadonlySet<SeriesLevel> = LEVELS): Recorder {
  const slo = { latencyUs: 150_000, ttftUs: null, tpotUs: null }
  return new Recorder({ windowAt: (us) => (us < 1e6 ? -1 : 0), openLoad: true, slo, rows: { rows, levels } })
}

test('a row tells of each request what the numbers of its load are made of', () => {
  const { rows, lines } = rowsOf()
  const series = recorderWith(rows).series('say "hi"\n', 'iteration')
  series.ended({ observation: observation(streamed), gaps: [] })
  series.ended({
    observation: observation({
      failure: { kind: 'http', detail: '503', message: 'hush' },
      sentAt: null,
      firstByteAt: null,
    }),
    gaps: [],
  })
  series.unsent(2e6, 'dropped')
  expect(lines()).toEqual([
    {
      kind: 'iteration',
      request: 'say "hi"\n',
      window: 0,
      scheduled_us: 1_000_000,
      dispatched_us: 1_001_000,
      sent_us: 1_010_000,
      first_byte_us: 1_050_000,
      first_token_us: 1_080_000,
      ended_us: 1_200_000,
      latency_us: 200_000,
      outcome: 'good',
      failure: null,
      detail: null,
      within_slo: false,
      bytes: 0,
      input_tokens: 11,
      output_tokens: 7,
    },
    expect.objectContaining({ window: -1, outcome: 'failed', failure: 'http', detail: '503', sent_us: null }),
    expect.objectContaining({
      window: 0,
      outcome: 'dropped',
      scheduled_us: 2_000_000,
      ended_us: null,
      latency_us: null,
    }),
  ])
  expect(new Set(lines().map((row) => Object.keys(row).join())).size).toBe(1)
})

test('p99 of the rows is that of the histogram, within its resolution', () => {
  const { rows, lines } = rowsOf()
  const recorder = recorderWith(rows)
  const [series, random] = [recorder.series('get', 'iteration'), seededRandom(7)]
  for (let i = 0; i < 5000; i++) {
    const endedAt = 1_000_000 + i + Math.round(1000 * Math.exp(4 * random()))
    series.ended({ observation: observation({ scheduledAt: 1_000_000 + i, endedAt }), gaps: [] })
  }
  const latency = recorder.drain().series[0]!.distributions.latency!
  const sorted = lines()
    .map((row) => row['latency_us'] as number)
    .toSorted((a, b) => a - b)
  for (const p of [50, 99, 99.9]) {
    const exact = sorted[Math.ceil((p / 100) * sorted.length) - 1]!
    expect(Math.abs(percentile(latency, p)! / exact - 1)).toBeLessThanOrEqual(THREE_DIGITS)
  }
})

test('in a mix each iteration is told by its part alone, classes tell of none twice', () => {
  const { rows, lines } = rowsOf()
  const recorder = recorderWith(rows, new Set(['request']))
  for (const [name, level] of [
    ['mix', 'iteration'],
    ['chat', 'request'],
    ['short', 'class'],
  ] as const)
    recorder.series(name, level).ended({ observation: observation(), gaps: [] })
  expect(lines().map(({ request }) => request)).toEqual(['chat'])
})

test('a share of the requests is drawn by chance', () => {
  const { rows, lines } = rowsOf({ share: 0.1 })
  const series = recorderWith(rows).series('get', 'iteration')
  for (let i = 0; i < 5000; i++) series.unsent(2e6 + i, 'missed')
  expect(Math.abs(lines().length - 500)).toBeLessThan(100)
  expect(new Set(lines().map((row) => (row['scheduled_us'] as number) % 2)).size).toBe(2)
})

test('a full disk and a full file are said once, and nothing more is written', () => {
  const full = rowsOf({
    append: () => {
      throw new Error('ENOSPC: no space left on device')
    },
  })
  const large = rowsOf({ mostBytes: 1000 })
  for (const { rows } of [full, large]) {
    const series = recorderWith(rows).series('get', 'iteration')
    for (let i = 0; i < 20; i++) {
      series.unsent(2e6, 'missed')
      rows.flush()
    }
  }
  expect(full.notes).toEqual(['rows of requests end here: ENOSPC: no space left on device'])
  expect(large.notes).toEqual(['rows of requests end here: the file has 0 MB'])
  expect(large.lines()).toHaveLength(3)
})

test('the file begins with what its rows have in common, and is there as soon as rows are handed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitest-perf-rows-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'deep', 'rows-0.ndjson')
  const plan = loadPlan(users(1, 1), { scenario: httpScenario('http://127.0.0.1:9/') })
  const notes: string[] = []
  const asked = { path, share: 1, head: { load: plan.id, test: 'a > b' } }
  const file = rowFile(asked, plan, 0, (note) => void notes.push(note))
  file.begin('2025-11-22T02:52:00.000Z')
  file.rows.unsent('é', 'iteration', 0, 1, 'missed')
  file.rows.flush()
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(JSON.parse(lines[0]!)).toEqual({
    kind: 'load',
    load: plan.id,
    test: 'a > b',
    generator: 0,
    started_at: '2025-11-22T02:52:00.000Z',
    share: 1,
  })
  expect(JSON.parse(lines[1]!)).toMatchObject({ request: 'é', outcome: 'missed' })
  // A file that is there already is somebody's.
  rowFile(asked, plan, 0, (note) => void notes.push(note)).begin('now')
  expect(notes).toEqual([expect.stringMatching(/^rows of requests end here: EEXIST/)])
})
