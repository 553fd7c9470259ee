import { spawn, spawnSync } from 'node:child_process'
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
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_DISTRIBUTION, percentile } from '../../../src/domain/distribution.ts'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { JournalFile, journalPath } from '../../../src/store/journal.ts'
import { entryOf, type JournalHead, mergeEntries } from '../../../src/store/journal-entry.ts'
import { recoverOrphans } from '../../../src/store/journal-recovery.ts'
import { processIdentity } from '../../../src/store/process-identity.ts'
import { delta, distributionOf, FINGERPRINT, loadRecord, runRecord, SPEC, temporaryDirectory } from './samples.ts'

const NOW = Date.parse('2026-03-01T12:00:00.000Z')
const HERE = processIdentity(process.pid)
/** A process that has ended. */
const DEAD = { ...HERE, pid: spawnSync(process.execPath, ['--version']).pid, start: '1' }

function head(changes: Partial<JournalHead> = {}): JournalHead {
  return {
    schema: 'perf/journal@1',
    runId: '01JRUN',
    loadId: '01JLOAD',
    specId: SPEC,
    startedAt: '2026-03-01T10:00:00.000Z',
    fingerprint: FINGERPRINT,
    workloadHash: 'w1',
    subject: { model: 'qwen' },
    source: { commit: 'c0ffee', branch: 'main', dirty: false },
    toolVersion: '0.1.0',
    shard: { index: 1, count: 1 },
    writer: DEAD,
    ...changes,
  }
}

function workplace(): {
  runs: string
  history: HistoryStore
  directory: string
  notes: string[]
  note: (text: string) => void
} {
  const directory = temporaryDirectory()
  const notes: string[] = []
  return {
    directory,
    runs: join(directory, 'runs'),
    history: new HistoryStore(join(directory, 'history')),
    notes,
    note: (text) => notes.push(text),
  }
}

/** A journal of `seconds` seconds with ten good requests of 1..10 ms each. */
function writeJournal(runs: string, seconds: number, changes: Partial<JournalHead> = {}): string {
  const journal = new JournalFile(runs, head(changes), (text) => expect.unreachable(text))
  for (let second = 0; second < seconds; second++) journal.append(delta(second, TEN))
  journal.close()
  return journalPath(runs, head(changes).loadId)
}
const TEN = Array.from({ length: 10 }, (_, n) => (n + 1) * 1000)

describe('JournalFile', () => {
  test('has each delta on disk when append returns', () => {
    const { runs, note, notes } = workplace()
    const journal = new JournalFile(runs, head(), note)
    const lines = (): number => readFileSync(journalPath(runs, '01JLOAD'), 'utf8').trimEnd().split('\n').length
    expect(lines()).toBe(1)
    journal.append(delta(0, TEN))
    expect(lines()).toBe(2)
    journal.append(delta(1, TEN))
    expect(lines()).toBe(3)
    expect(notes).toEqual([])
  })

  test('stays small over a long load and loses nothing by it', async () => {
    const { runs, history } = workplace()
    const path = writeJournal(runs, 1000)
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(103)
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson'])
    await recoverOrphans(runs, history, NOW)
    expect((await history.points(SPEC)).points[0]!.metrics).toMatchObject({
      qps: { value: 10, n: 10_000 },
      'latency.p99': { value: 10_000, n: 10_000 },
    })
  })

  test('says once that the disk cannot be written, and never throws into the load', () => {
    const { directory, note, notes } = workplace()
    writeFileSync(join(directory, 'file'), '')
    const journal = new JournalFile(join(directory, 'file', 'runs'), head(), note)
    journal.append(delta(0, TEN))
    journal.append(delta(1, TEN))
    journal.close()
    expect(notes).toEqual([
      expect.stringMatching(/^journal: cannot write .*ENOTDIR: not a directory; the load goes on/),
    ])
  })
})

test('merging journal lines in any grouping gives the same sums', () => {
  const second = fc.array(fc.integer({ min: 1, max: 1e6 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(second, { minLength: 1, maxLength: 12 }), fc.nat(12), (seconds, cut) => {
      const entries = seconds.map((latencies, n) => entryOf(delta(n, latencies)))
      const direct = mergeEntries(entries)
      const grouped = mergeEntries([mergeEntries(entries.slice(0, cut)), mergeEntries(entries.slice(cut))])
      expect(grouped).toEqual(direct)
      expect(direct.outcomes.good).toBe(seconds.flat().length)
      expect(percentile(direct.distributions.latency ?? EMPTY_DISTRIBUTION, 50)).toBe(
        percentile(distributionOf(seconds.flat()), 50),
      )
    }),
  )
})

describe('recoverOrphans', () => {
  test('brings the journal of a dead process into history as aborted, and removes it', async () => {
    const { runs, history } = workplace()
    writeJournal(runs, 7)
    const { recovered, notes } = await recoverOrphans(runs, history, NOW)
    expect(recovered).toBe(1)
    expect(notes).toEqual([
      'recovered an interrupted load: chat.perf.ts > gateway > holds 10 qps, started 2026-03-01T10:00:00.000Z, 7 s and 70 requests; it is in history as aborted',
    ])
    expect(readdirSync(runs)).toEqual([])
    const { points } = await history.points(SPEC)
    expect(points).toEqual([
      {
        runId: '01JRUN',
        startedAt: '2026-03-01T10:00:00.000Z',
        commit: 'c0ffee',
        status: 'aborted',
        hardHash: 'env1',
        subject: { model: 'qwen' },
        metrics: {
          qps: { value: 10, lower: null, upper: null, n: 70 },
          outputTokensPerSecond: { value: 50, lower: null, upper: null, n: 70 },
          errorRate: { value: 0, lower: null, upper: null, n: 70 },
          'latency.p50': { value: 5000, lower: null, upper: null, n: 70 },
          'latency.p90': { value: 9000, lower: null, upper: null, n: 70 },
          'latency.p95': { value: 10_000, lower: null, upper: null, n: 70 },
          'latency.p99': { value: 10_000, lower: null, upper: null, n: 70 },
        },
      },
    ])
    expect(await recoverOrphans(runs, history, NOW)).toEqual({ recovered: 0, notes: [] })
  })

  test('judges by measured windows and whole iterations alone, over all generators', async () => {
    const { runs, history } = workplace()
    const journal = new JournalFile(runs, head(), (text) => expect.unreachable(text))
    const { series, buckets } = delta(0, TEN)
    const foreign = <T extends { window: number; level: string }>(item: T): T[] => [
      { ...item, window: -1 },
      { ...item, level: 'request' },
      item,
    ]
    journal.append(
      delta(0, TEN, {
        series: series.flatMap(foreign),
        buckets: buckets.flatMap(foreign),
        windows: [
          { window: -1, startUs: 0, endUs: 1 },
          { window: 0, startUs: 1e6, endUs: null },
        ],
      }),
    )
    journal.append(
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
    await recoverOrphans(runs, history, NOW)
    expect((await history.points(SPEC)).points[0]!.metrics).toMatchObject({
      qps: { value: 5, n: 10 },
      errorRate: { value: 0.5, n: 20 },
    })
  })

  test('drops a torn last line and keeps the seconds before it', async () => {
    const { runs, history } = workplace()
    const path = writeJournal(runs, 3)
    appendFileSync(path, JSON.stringify(entryOf(delta(3, TEN))).slice(0, 40))
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(1)
    expect((await history.points(SPEC)).points[0]!.metrics.qps).toMatchObject({ value: 10, n: 30 })
  })

  test('records a load that died before its first second, without inventing numbers', async () => {
    const { runs, history } = workplace()
    writeJournal(runs, 0)
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(1)
    expect((await history.points(SPEC)).points).toMatchObject([{ status: 'aborted', metrics: {} }])
  })

  test('leaves the journals of living processes alone', async () => {
    const { runs, history } = workplace()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const path = writeJournal(runs, 3, { writer: processIdentity(child.pid!) })
    const own = writeJournal(runs, 3, { writer: HERE, loadId: '01JOWN' })
    const before = [readFileSync(path, 'utf8'), statSync(path).mtimeMs]
    expect(await recoverOrphans(runs, history, NOW)).toEqual({ recovered: 0, notes: [] })
    expect([readFileSync(path, 'utf8'), statSync(path).mtimeMs]).toEqual(before)
    expect(existsSync(own)).toBe(true)

    child.kill('SIGKILL')
    await once(child, 'close')
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(1)
  })

  test('tells an earlier process from the one that has its pid now, where the platform gives start times', async () => {
    const { runs, history } = workplace()
    writeJournal(runs, 3, { writer: { ...HERE, start: '1' } })
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(HERE.start === null ? 0 : 1)
  })

  test('waits for an hour of silence where it cannot see the process', async () => {
    const { runs, history } = workplace()
    const path = writeJournal(runs, 3, { writer: { ...DEAD, place: 'another host' } })
    const silentFor = (minutes: number): void =>
      utimesSync(path, (NOW - minutes * 60_000) / 1e3, (NOW - minutes * 60_000) / 1e3)
    silentFor(59)
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(0)
    silentFor(61)
    expect((await recoverOrphans(runs, history, NOW)).recovered).toBe(1)
  })

  test.each([
    ['garbage', '\u0000\u0001 garbage'],
    ['nothing', ''],
    ['a damaged line in the middle', `${JSON.stringify(head())}\n{"torn\n${JSON.stringify(entryOf(delta(1, TEN)))}\n`],
  ])('sets a journal with %s aside and says so', async (_what, text) => {
    const { runs, history } = workplace()
    mkdirSync(runs)
    writeFileSync(join(runs, '01JX.ndjson'), text)
    const { recovered, notes } = await recoverOrphans(runs, history, NOW)
    expect(recovered).toBe(0)
    expect(notes).toEqual([expect.stringContaining('kept as 01JX.ndjson.corrupt')])
    expect(readFileSync(join(runs, '01JX.ndjson.corrupt'), 'utf8')).toBe(text)
    expect(await recoverOrphans(runs, history, NOW)).toEqual({ recovered: 0, notes: [] })
  })

  test('leaves a journal of a later schema', async () => {
    const { runs, history } = workplace()
    mkdirSync(runs)
    writeFileSync(join(runs, '01JX.ndjson'), '{"schema":"perf/journal@2"}\n')
    expect((await recoverOrphans(runs, history, NOW)).notes).toEqual([expect.stringContaining("'perf/journal@2'")])
    expect(readdirSync(runs)).toEqual(['01JX.ndjson'])
  })

  test('counts each load once when several recover at the same time', async () => {
    const { runs, history, directory } = workplace()
    for (let n = 0; n < 10; n++) writeJournal(runs, 2, { loadId: `01JLOAD${n}` })
    const all = await Promise.all(
      Array.from({ length: 6 }, () => recoverOrphans(runs, new HistoryStore(join(directory, 'history')), NOW)),
    )
    expect(all.reduce((total, one) => total + one.recovered, 0)).toBe(10)
    expect(all.flatMap((one) => one.notes)).toHaveLength(10)
    expect((await history.points(SPEC)).points).toHaveLength(10)
    expect(readdirSync(runs)).toEqual([])
  })

  test('takes over what a recovering process left when it died, but not its work in progress', async () => {
    const { runs, history } = workplace()
    const path = writeJournal(runs, 2)
    const claim = `${path}.claim-abc123`
    writeFileSync(claim, readFileSync(path))
    utimesSync(claim, NOW / 1e3, NOW / 1e3)
    await recoverOrphans(runs, history, NOW + 1000)
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson.claim-abc123'])
    await recoverOrphans(runs, history, NOW + 61_000)
    expect(readdirSync(runs)).toEqual([])
    expect((await history.points(SPEC)).points).toHaveLength(1)
  })

  test('adds nothing when the run died between writing its history and removing its journals', async () => {
    const { runs, history } = workplace()
    await history.write({
      ...runRecord('01JRUN', '2026-02-28T23:59:00.000Z'),
      loads: [loadRecord({ status: 'passed' })],
    })
    writeJournal(runs, 2)
    expect(await recoverOrphans(runs, history, NOW)).toEqual({ recovered: 0, notes: [] })
    expect((await history.points(SPEC)).points.map((point) => point.status)).toEqual(['passed'])
    expect(readdirSync(runs)).toEqual([])
  })

  test('keeps the journal when history cannot be written', async () => {
    const { runs, directory } = workplace()
    writeJournal(runs, 2)
    writeFileSync(join(directory, 'history'), 'a file in its place')
    const { recovered, notes } = await recoverOrphans(runs, new HistoryStore(join(directory, 'history')), NOW)
    expect(recovered).toBe(0)
    expect(notes).toEqual([expect.stringMatching(/01JLOAD\.ndjson could not be recovered and is kept: cannot write/)])
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson'])
  })
})
