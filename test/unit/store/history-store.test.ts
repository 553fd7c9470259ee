import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { runRecord, SPEC, temporaryDirectory } from './samples.ts'

const day = (n: number): string => new Date(Date.UTC(2026, 0, n, 12)).toISOString()
const runId = (n: number): string => `01J${String(n).padStart(5, '0')}`

/** A history of `count` daily runs from the first of January. */
async function historyOf(count: number): Promise<{ directory: string; store: HistoryStore }> {
  const directory = temporaryDirectory()
  const store = new HistoryStore(directory)
  for (let n = 1; n <= count; n++) await store.write(runRecord(runId(n), day(n)))
  return { directory, store }
}

describe('HistoryStore', () => {
  test('keeps a file for each run in a directory for each month', async () => {
    const { directory } = await historyOf(32)
    expect(readdirSync(directory)).toEqual(['2026-01', '2026-02'])
    expect(readdirSync(join(directory, '2026-02'))).toEqual([`${runId(32)}-1.json`])
    expect(JSON.parse(readFileSync(join(directory, '2026-02', `${runId(32)}-1.json`), 'utf8'))).toEqual(
      runRecord(runId(32), day(32)),
    )
  })

  test('gives the newest 200 points of a spec, oldest first, and none of other specs', async () => {
    const { store } = await historyOf(203)
    await store.write(runRecord(runId(300), day(300), { specId: { ...SPEC, label: 'other' } }))
    const { points, notes } = await store.points(SPEC)
    expect(points).toHaveLength(200)
    expect([points[0]!.runId, points.at(-1)!.runId]).toEqual([runId(4), runId(203)])
    expect(points[0]).toEqual({
      runId: runId(4),
      startedAt: day(4),
      commit: 'c0ffee',
      status: 'passed',
      hardHash: 'env1',
      metrics: runRecord('', day(4)).loads[0]!.metrics,
      branch: 'main',
      dirty: false,
      origin: 'measured',
      stages: [],
    })
    expect(notes).toEqual([])
  })

  test('names shards of later runs that are not there and may have held the spec', async () => {
    const { store } = await historyOf(2)
    const part = (id: string, n: number, index: number, label: string) =>
      store.write({ ...runRecord(id, day(n), { specId: { ...SPEC, label } }), shard: { index, count: 3 } })
    await part('ci-7', 3, 1, 'other')
    await part('ci-7', 3, 3, 'another')
    expect((await store.points(SPEC)).missingShards).toEqual(['shard 2 of 3 of run ci-7 is missing'])
    // It is the run that is under way, or of another branch, or has the spec in what came of it.
    expect((await store.points(SPEC, undefined, 'ci-7')).missingShards).toEqual([])
    expect((await store.points(SPEC, ({ branch }) => branch !== 'main')).missingShards).toEqual([])
    await part('ci-8', 4, 2, SPEC.label)
    expect((await store.points(SPEC)).missingShards).toEqual([])
  })

  test('sees what another process has written meanwhile', async () => {
    const { directory, store } = await historyOf(1)
    expect((await store.points(SPEC)).points).toHaveLength(1)
    await new HistoryStore(directory).write(runRecord(runId(2), day(2)))
    expect((await store.points(SPEC)).points).toHaveLength(2)
  })

  test('never edits a file: a run that settles twice has two', async () => {
    const directory = temporaryDirectory()
    const store = new HistoryStore(directory)
    const paths = [
      await store.write(runRecord('01JA', day(1))),
      await store.write(runRecord('01JA', day(1), { status: 'failed' })),
    ]
    expect(new Set(paths).size).toBe(2)
    expect((await store.points(SPEC)).points.map((point) => point.status).sort()).toEqual(['failed', 'passed'])
  })

  test.each([
    ['truncated', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['foreign', () => '{"name":"package"}'],
    ['of the right schema without its parts', () => '{"schema":"perf/run@1","runId":"x","source":{},"loads":[{}]}'],
  ])('sets a %s file aside, names it once, and reads the rest', async (_what, damage) => {
    const { directory, store } = await historyOf(3)
    const path = join(directory, '2026-01', `${runId(2)}-1.json`)
    const damaged = damage(readFileSync(path, 'utf8'))
    writeFileSync(path, damaged)
    const fresh = new HistoryStore(directory)
    const { points, notes } = await fresh.points(SPEC)
    expect(points.map((point) => point.runId)).toEqual([runId(1), runId(3)])
    expect(notes).toHaveLength(1)
    expect(notes[0]).toContain(path)
    expect(notes[0]).toContain(`kept as ${runId(2)}-1.json.corrupt`)
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toBe(damaged)
    expect((await fresh.points(SPEC)).notes).toEqual([])
    expect((await store.points(SPEC)).notes).toEqual([])
  })

  test('refuses a later schema, says so once, and leaves the file as it is', async () => {
    const { directory, store } = await historyOf(1)
    const path = join(directory, '2026-01', '01JZ-1.json')
    writeFileSync(path, '{"schema":"perf/run@3","surprise":true}')
    const { points, notes } = await store.points(SPEC)
    expect(points).toHaveLength(1)
    expect(notes).toEqual([expect.stringContaining(`${path} has schema 'perf/run@3'`)])
    expect((await store.points(SPEC)).notes).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe('{"schema":"perf/run@3","surprise":true}')
  })

  test('reads runs of the first schema and leaves their files as they are', async () => {
    const { directory, store } = await historyOf(1)
    const path = join(directory, '2026-01', `${runId(1)}-1.json`)
    const now = JSON.parse(readFileSync(path, 'utf8')) as { source: object; loads: object[] }
    const old = {
      ...now,
      schema: 'perf/run@1',
      source: { ...now.source, mergeBase: undefined },
      loads: now.loads.map((load) => ({ ...load, origin: undefined, stages: undefined })),
    }
    writeFileSync(path, JSON.stringify(old))
    const { runs, notes } = await store.runs()
    expect(notes).toEqual([])
    expect(runs.map(({ run }) => run)).toEqual([runRecord(runId(1), day(1))])
    expect(readFileSync(path, 'utf8')).toBe(JSON.stringify(old))
  })

  test('takes drafts of killed writers and foreign directories for nothing', async () => {
    const { directory, store } = await historyOf(1)
    writeFileSync(join(directory, '2026-01', '.01JX-1.json.77.abc.tmp'), '{"sch')
    mkdirSync(join(directory, 'notes'))
    writeFileSync(join(directory, 'notes', 'x.json'), '')
    expect(await store.points(SPEC)).toMatchObject({ points: [{ runId: runId(1) }], notes: [] })
  })

  test('says which directory it cannot read instead of throwing', async () => {
    const directory = join(temporaryDirectory(), 'history')
    writeFileSync(directory, 'a file in its place')
    const { points, notes } = await new HistoryStore(directory).points(SPEC)
    expect(points).toEqual([])
    expect(notes).toEqual([`history: cannot read ${directory}: ENOTDIR: not a directory`])
  })

  test('cannot be led out of its directory by an id', async () => {
    const directory = temporaryDirectory()
    await new HistoryStore(join(directory, 'history')).write(runRecord('../../escape', day(1)))
    expect(readdirSync(directory)).toEqual(['history'])
    expect(readdirSync(join(directory, 'history', '2026-01'))).toEqual([
      expect.stringMatching(/^escape-[0-9a-f]{8}-1\.json$/),
    ])
  })
})
