import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accept } from '../../../src/cli/accept.ts'
import { compare } from '../../../src/cli/compare.ts'
import { gc } from '../../../src/cli/gc.ts'
import { trend } from '../../../src/cli/trend.ts'
import type { Baseline, LoadRecord, SourceState } from '../../../src/domain/history.ts'
import { BaselineStore } from '../../../src/store/baseline-store.ts'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { metricsAt } from '../compare/builders.ts'
import { FINGERPRINT, runRecord, SPEC } from '../store/samples.ts'
import { Desk } from './command-place.ts'

interface StoredRun {
  readonly id: string
  readonly us: number
  readonly commit?: string
  readonly source?: Partial<SourceState>
  readonly load?: Partial<LoadRecord>
}

/** A desk with these runs in history, an hour apart. */
function deskWith(runs: readonly StoredRun[], from: string = '2026-02-01T00:00:00.000Z'): Desk {
  const desk = new Desk()
  for (const [i, { id, us, commit = 'aaaaaaa1', source, load }] of runs.entries()) {
    const startedAt = new Date(Date.parse(from) + i * 3_600_000).toISOString()
    const run = runRecord(id, startedAt, { loadId: `${id}L`, metrics: metricsAt(us), ...load })
    const month = join(desk.cwd, '.perf/history', startedAt.slice(0, 7))
    mkdirSync(month, { recursive: true })
    writeFileSync(join(month, `${id}-1.json`), JSON.stringify({ ...run, source: { ...run.source, commit, ...source } }))
  }
  return desk
}

function acceptedAt(desk: Desk, name: string): Baseline {
  const directory = join(desk.cwd, '.perf/baselines', name, 'env1')
  return JSON.parse(readFileSync(join(directory, readdirSync(directory)[0]!), 'utf8')) as Baseline
}

describe('accept', () => {
  const RUNS: readonly StoredRun[] = [
    { id: '01A', us: 24e6 },
    { id: '01B', us: 17e6, commit: 'bbbbbbb2' },
    { id: '01C', us: 17e6, commit: 'bbbbbbb2', load: { status: 'failed' } },
    { id: '01D', us: 17.2e6, commit: 'bbbbbbb2' },
  ]

  test('takes the passed runs of the newest commit, with the reason', async () => {
    const desk = deskWith(RUNS)
    const { code, out } = await desk.run(accept, 'fp16', '--reason', 'TF32')
    expect([code, out]).toEqual([0, expect.stringMatching(/^baseline 'fp16' of chat.* 2 runs, provisional\n {2}\//)])
    expect(acceptedAt(desk, 'fp16')).toMatchObject({
      name: 'fp16',
      reason: 'TF32',
      runs: [{ runId: '01B' }, { runId: '01D', commit: 'bbbbbbb2' }],
    })
  })

  test('of a tree with uncommitted changes the newest run counts alone; --runs asks for more', async () => {
    const desk = deskWith([...RUNS, { id: '01E', us: 1e6, source: { dirty: true } }])
    await desk.run(accept, '--reason', 'r')
    expect(acceptedAt(desk, 'default').runs.map(({ runId }) => runId)).toEqual(['01E'])
    await desk.run(accept, '--reason', 'r', '--runs', '3')
    expect(acceptedAt(desk, 'default').runs.map(({ runId }) => runId)).toEqual(['01B', '01D', '01E'])
  })

  test.each([
    ['failed', { status: 'failed' }, /newest run is failed/],
    ['imported', { origin: 'imported' }, /imported runs only/],
  ] as const)('a newest run that is %s is not accepted', async (_what, load, why) => {
    const desk = deskWith([{ id: '01A', us: 1e6, load }])
    const { code, warnings } = await desk.run(accept, '--reason', 'r')
    expect([code, warnings]).toEqual([1, [expect.stringMatching(why)]])
  })

  test('a suspect run is not accepted but with --suspect, which says what was found', async () => {
    const finding = { cause: 'late', severity: 'suspect', message: 'requests left late', advice: 'slower' } as never
    const desk = deskWith([
      { id: '01A', us: 1e6 },
      { id: '01B', us: 1e6, load: { findings: [finding] } },
    ])
    const refused = await desk.run(accept, '--reason', 'r')
    expect([refused.code, refused.warnings]).toEqual([
      1,
      [expect.stringMatching(/newest run is suspect: requests left late/)],
    ])
    const taken = await desk.run(accept, '--reason', 'r', '--suspect')
    expect([taken.code, taken.warnings]).toEqual([
      0,
      [expect.stringMatching(/accepted though it is suspect: requests left late/)],
    ])
    expect(acceptedAt(desk, 'default').runs.map(({ runId }) => runId)).toEqual(['01A', '01B'])
  })

  test.each([
    [[], /no --reason/],
    [['--reason', ' '], /no --reason/],
    [['a', 'b', '--reason', 'r'], /got 2 names/],
    [['../x', '--reason', 'r'], /name: got '\.\.\/x'/],
    [['--reason', 'r', '--runs', '0'], /--runs: got '0'/],
    [['--reason', 'r', '--spec', 'none'], /no spec 'none'/],
  ])('refuses %j', async (args, message) => {
    await expect(deskWith(RUNS).run(accept, ...args)).rejects.toThrow(message)
  })
})

describe('compare', () => {
  const steady = (id: string, us: number, commit: string): StoredRun[] =>
    [0, 1, 2, 3, 4].map((k) => ({ id: `${id}${k}`, us: us * (1 + 0.002 * k), commit }))

  test('a doubled latency of another commit is REGRESSED and the exit code says so', async () => {
    const desk = deskWith([...steady('01A', 100_000, 'aaaaaaa1'), ...steady('01B', 200_000, 'bbbbbbb2')])
    const { code, out } = await desk.run(compare, 'aaaaaaa', 'bbbbbbb')
    expect(code).toBe(1)
    expect(out).toMatch(/^chat.*\n REGRESSED against aaaaaaa \(5 runs\)/)
    const back = await desk.run(compare, 'bbbbbbb', '01A4', '--json')
    expect(back.code).toBe(0)
    expect((JSON.parse(back.out) as { specs: unknown }).specs).toMatchObject([
      { comparison: { metrics: [{ metric: 'latency.p50', verdict: 'IMPROVED' }, {}, {}, {}] } },
    ])
  })

  test('joins the shards of a run, and a missing one is INCONCLUSIVE by name', async () => {
    const desk = deskWith([{ id: '01A', us: 1e5 }])
    const history = new HistoryStore(join(desk.cwd, '.perf/history'))
    const part = async (index: number, file: string): Promise<void> => {
      const run = runRecord('github-7-1', '2026-02-02T00:00:00.000Z', {
        loadId: file,
        specId: { ...SPEC, file },
        metrics: metricsAt(1e5),
      })
      await history.write({ ...run, shard: { index, count: 3 } })
    }
    await part(1, SPEC.file)
    await part(3, 'other.perf.ts')
    const { out } = await desk.run(compare, '01A', 'github-7-1')
    expect(out).toMatch(/^INCONCLUSIVE: shard 2 of 3 of run github-7-1 is missing/)
    await part(2, 'third.perf.ts')
    expect((await desk.run(compare, '01A', 'github-7-1')).out).not.toContain('missing')
    const both = await desk.run(compare, 'github-7-1', 'github-7-1', '--json')
    expect((JSON.parse(both.out) as { specs: unknown[] }).specs).toHaveLength(3)
  })

  test('names the hard field in which two runs differ', async () => {
    const fingerprint = { ...FINGERPRINT, hard: { ...FINGERPRINT.hard, gpuModel: 'A10' }, hardHash: 'env2' }
    const desk = deskWith([
      { id: '01A', us: 1e5 },
      { id: '01B', us: 1e5, load: { fingerprint } },
    ])
    const { code, out } = await desk.run(compare, '01A', 'latest')
    expect(code).toBe(0)
    expect(out).toContain('INCOMPARABLE')
    expect(out).toContain('gpuModel was n/a, is A10')
  })

  test.each([
    [['01A'], /got 1 runs, takes two/],
    [['01A', '09'], /there is no run '09'/],
    [['01A', '0'], /'0' may be any of 2 runs: 01A, 01B/],
  ])('refuses %j', async (args, message) => {
    const desk = deskWith([
      { id: '01A', us: 1 },
      { id: '01B', us: 1 },
    ])
    await expect(desk.run(compare, ...args)).rejects.toThrow(message)
  })
})

describe('gc', () => {
  test('puts old months together without a change to any trend, and keeps what baselines stand on', async () => {
    const desk = deskWith(
      Array.from({ length: 206 }, (_, i) => ({ id: `01A${String(i).padStart(3, '0')}`, us: 1e5 + i })),
      '2025-12-20T00:00:00.000Z',
    )
    await desk.run(accept, '--reason', 'r', '--runs', '206')
    const baselines = join(desk.cwd, '.perf/baselines/default/env1')
    const path = join(baselines, readdirSync(baselines)[0]!)
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Baseline
    await new BaselineStore(join(desk.cwd, '.perf/baselines'), 'default').accept({ ...kept, runs: [kept.runs[2]!] })
    const before = await desk.run(trend, SPEC.file, '--json')
    const { out } = await desk.run(gc, '--json')
    expect(JSON.parse(out)).toMatchObject({ runs: 5, files: 1, whole: 201 })
    const month = readdirSync(join(desk.cwd, '.perf/history/2025-12'))
    expect(month.filter((name) => name.endsWith('.ndjson'))).toHaveLength(1)
    expect(month).toContain('01A002-1.json')
    expect(month).not.toContain('01A003-1.json')
    expect((await desk.run(trend, SPEC.file, '--json')).out).toBe(before.out)
    expect(JSON.parse((await desk.run(gc, '--json')).out)).toMatchObject({ runs: 0, files: 0 })
  }, 30_000)
})
