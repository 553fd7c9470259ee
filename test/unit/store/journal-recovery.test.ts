import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { recoverOrphans } from '../../../src/store/journal-recovery.ts'
import { processIdentity } from '../../../src/store/process-identity.ts'
import { DEAD, head, HERE, KeptLoad, NOW, TEN, workplace, writeJournal } from './journals.ts'
import { delta, loadRecord, PLAN, runRecord, SPEC } from './samples.ts'

describe('recoverOrphans', () => {
  test('brings the journal of a dead process into history as aborted, and keeps it to be resumed', async () => {
    const place = workplace()
    const { runs, history } = place
    writeJournal(runs, 7)
    const { recovered, notes } = await recoverOrphans(place, NOW)
    expect(recovered).toBe(1)
    expect(notes).toEqual([
      'recovered an interrupted load: chat.perf.ts > gateway > holds 10 qps, started 2026-03-01T10:00:00.000Z, 7 s and 70 requests; it is in history as aborted, and `npx vitest-perf resume 01JRUN` finishes it',
    ])
    expect(readdirSync(runs)).toEqual([])
    expect(readdirSync(place.resumable)).toEqual(['01JLOAD.ndjson'])
    const { points } = await history.points(SPEC)
    expect(points).toMatchObject([
      {
        runId: '01JRUN',
        startedAt: '2026-03-01T10:00:00.000Z',
        commit: 'c0ffee',
        status: 'aborted',
        hardHash: 'env1',
        subject: { model: 'qwen' },
        metrics: {
          qps: { value: 10, n: 70 },
          outputTokensPerSecond: { value: 50 },
          errorRate: { value: 0, n: 70 },
          'latency.p50': { value: 5000, lower: 4000, upper: 7000, n: 70 },
          'latency.p99': { value: 10_000, lower: null, upper: null, n: 70 },
        },
      },
    ])
    expect(await recoverOrphans(place, NOW)).toEqual({ recovered: 0, notes: [] })
  })

  test('judges by measured windows and whole iterations alone, over all generators', async () => {
    const place = workplace()
    const { runs, history } = place
    const load = new KeptLoad(runs, {}, { ...PLAN, generators: 2 })
    const { series, buckets } = delta(0, TEN)
    const foreign = <T extends { window: number; level: string }>(item: T): T[] => [
      { ...item, window: -1 },
      { ...item, level: 'request' },
      item,
    ]
    load.append(
      delta(0, TEN, {
        series: series.flatMap(foreign),
        buckets: buckets.flatMap(foreign),
        windows: [
          { window: -1, startUs: 0, endUs: 1 },
          { window: 0, startUs: 1e6, endUs: null },
        ],
      }),
    )
    load.append(
      delta(4, [], {
        index: 1,
        windows: [{ window: 0, startUs: 1e6, endUs: 3e6 }],
        series: [
          {
            ...series[0]!,
            distributions: {},
            outcomes: { ...NO_OUTCOMES, attempted: 10, failedByKind: { timeout: 6 }, dropped: 4 },
          },
        ],
      }),
    )
    await recoverOrphans(place, NOW)
    expect((await history.points(SPEC)).points[0]!.metrics).toMatchObject({
      qps: { value: 5, n: 10 },
      errorRate: { value: 0.5, n: 20 },
    })
  })

  test('drops a torn last line and keeps the seconds before it', async () => {
    const place = workplace()
    const { runs, history } = place
    const path = writeJournal(runs, 3)
    appendFileSync(path, JSON.stringify(delta(3, TEN)).slice(0, 40))
    expect((await recoverOrphans(place, NOW)).recovered).toBe(1)
    expect((await history.points(SPEC)).points[0]!.metrics.qps).toMatchObject({ value: 10, n: 30 })
  })

  test('records a load that died before its first second, without inventing numbers', async () => {
    const place = workplace()
    const { runs, history } = place
    writeJournal(runs, 0)
    expect((await recoverOrphans(place, NOW)).recovered).toBe(1)
    expect((await history.points(SPEC)).points).toMatchObject([{ status: 'aborted', metrics: {} }])
  })

  test('leaves the journals of living processes alone', async () => {
    const place = workplace()
    const { runs } = place
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const path = writeJournal(runs, 3, { writer: processIdentity(child.pid!) })
    const own = writeJournal(runs, 3, { writer: HERE, loadId: '01JOWN' })
    const before = [readFileSync(path, 'utf8'), statSync(path).mtimeMs]
    expect(await recoverOrphans(place, NOW)).toEqual({ recovered: 0, notes: [] })
    expect([readFileSync(path, 'utf8'), statSync(path).mtimeMs]).toEqual(before)
    expect(existsSync(own)).toBe(true)

    child.kill('SIGKILL')
    await once(child, 'close')
    expect((await recoverOrphans(place, NOW)).recovered).toBe(1)
  })

  test('tells an earlier process from the one that has its pid now, where the platform gives start times', async () => {
    const place = workplace()
    const { runs } = place
    writeJournal(runs, 3, { writer: { ...HERE, start: '1' } })
    expect((await recoverOrphans(place, NOW)).recovered).toBe(HERE.start === null ? 0 : 1)
  })

  test('waits for an hour of silence where it cannot see the process', async () => {
    const place = workplace()
    const { runs } = place
    const path = writeJournal(runs, 3, { writer: { ...DEAD, place: 'another host' } })
    const silentFor = (minutes: number): void =>
      utimesSync(path, (NOW - minutes * 60_000) / 1e3, (NOW - minutes * 60_000) / 1e3)
    silentFor(59)
    expect((await recoverOrphans(place, NOW)).recovered).toBe(0)
    silentFor(61)
    expect((await recoverOrphans(place, NOW)).recovered).toBe(1)
  })

  test.each([
    ['garbage', '\u0000\u0001 garbage'],
    ['nothing', ''],
    ['a damaged line in the middle', `${JSON.stringify(head())}\n{"torn\n${JSON.stringify(delta(1, TEN))}\n`],
  ])('sets a journal with %s aside and says so', async (_what, text) => {
    const place = workplace()
    const { runs } = place
    mkdirSync(runs)
    writeFileSync(join(runs, '01JX.ndjson'), text)
    const { recovered, notes } = await recoverOrphans(place, NOW)
    expect(recovered).toBe(0)
    expect(notes).toEqual([expect.stringContaining('kept as 01JX.ndjson.corrupt')])
    expect(readFileSync(join(runs, '01JX.ndjson.corrupt'), 'utf8')).toBe(text)
    expect(await recoverOrphans(place, NOW)).toEqual({ recovered: 0, notes: [] })
  })

  test('leaves a journal of a later schema', async () => {
    const place = workplace()
    const { runs } = place
    mkdirSync(runs)
    writeFileSync(join(runs, '01JX.ndjson'), '{"schema":"perf/journal@2"}\n')
    expect((await recoverOrphans(place, NOW)).notes).toEqual([expect.stringContaining("'perf/journal@2'")])
    expect(readdirSync(runs)).toEqual(['01JX.ndjson'])
  })

  test('counts each load once when several recover at the same time', async () => {
    const place = workplace()
    const { runs, history, directory } = place
    for (let n = 0; n < 10; n++) writeJournal(runs, 2, { loadId: `01JLOAD${n}` })
    const all = await Promise.all(
      Array.from({ length: 6 }, () =>
        recoverOrphans({ ...place, history: new HistoryStore(join(directory, 'history')) }, NOW),
      ),
    )
    expect(all.reduce((total, one) => total + one.recovered, 0)).toBe(10)
    expect(all.flatMap((one) => one.notes)).toHaveLength(10)
    expect((await history.points(SPEC)).points).toHaveLength(10)
    expect(readdirSync(runs)).toEqual([])
  })

  test('takes over what a recovering process left when it died, but not its work in progress', async () => {
    const place = workplace()
    const { runs, history } = place
    const path = writeJournal(runs, 2)
    const claim = `${path}.claim-abc123`
    writeFileSync(claim, readFileSync(path))
    utimesSync(claim, NOW / 1e3, NOW / 1e3)
    await recoverOrphans(place, NOW + 1000)
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson.claim-abc123'])
    await recoverOrphans(place, NOW + 61_000)
    expect(readdirSync(runs)).toEqual([])
    expect((await history.points(SPEC)).points).toHaveLength(1)
  })

  test('adds nothing when the run died between writing its history and removing its journals', async () => {
    const place = workplace()
    const { runs, history } = place
    await history.write({
      ...runRecord('01JRUN', '2026-02-28T23:59:00.000Z'),
      loads: [loadRecord({ status: 'passed' })],
    })
    writeJournal(runs, 2)
    expect(await recoverOrphans(place, NOW)).toEqual({ recovered: 0, notes: [] })
    expect((await history.points(SPEC)).points.map((point) => point.status)).toEqual(['passed'])
    expect(readdirSync(runs)).toEqual([])
  })

  test('keeps the journal when history cannot be written', async () => {
    const place = workplace()
    const { runs, directory } = place
    writeJournal(runs, 2)
    writeFileSync(join(directory, 'history'), 'a file in its place')
    const { recovered, notes } = await recoverOrphans(
      { ...place, history: new HistoryStore(join(directory, 'history')) },
      NOW,
    )
    expect(recovered).toBe(0)
    expect(notes).toEqual([expect.stringMatching(/01JLOAD\.ndjson could not be recovered and is kept: cannot write/)])
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson'])
  })

  test('a journal waits for a week to be resumed', async () => {
    const place = workplace()
    writeJournal(place.runs, 2)
    await recoverOrphans(place, NOW)
    const day = 24 * 3_600_000
    await recoverOrphans(place, NOW + 6.9 * day)
    expect(readdirSync(place.resumable)).toEqual(['01JLOAD.ndjson'])
    await recoverOrphans(place, NOW + 7.1 * day)
    expect(readdirSync(place.resumable)).toEqual([])
    expect((await place.history.points(SPEC)).points).toHaveLength(1)
  })

  test('a load that went on and broke off again takes the place of the first one in history', async () => {
    const place = workplace()
    writeJournal(place.runs, 2)
    await recoverOrphans(place, NOW)
    const first = { runId: '01JRUN', loadId: '01JLOAD' }
    writeJournal(place.runs, 5, { runId: '01JRUN2', loadId: '01JLOAD2', resumes: [first] })
    await recoverOrphans(place, NOW)
    expect((await place.history.points(SPEC)).points).toMatchObject([{ runId: '01JRUN2', metrics: { qps: { n: 50 } } }])
  })
})
