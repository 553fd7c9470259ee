import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VALID } from '../../../src/domain/validity.ts'
import { rescuedLoad } from '../../../src/rescued-load.ts'
import { BaselineStore } from '../../../src/store/baseline-store.ts'
import { type DocumentStore, versionOf } from '../../../src/store/document-store.ts'
import { FileStore } from '../../../src/store/file-store.ts'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { PostgresDocuments } from '../../../src/store/postgres-documents.ts'
import { SharedMirror } from '../../../src/store/shared-mirror.ts'
import { postgresPrograms, type PostgresServer, postgresServer } from '../../support/postgres-server.ts'
import { baselineRecord, ENVIRONMENT, loadRecord, PLAN, runRecord, SPEC, temporaryDirectory } from './samples.ts'

/** One machine of a team. */
class Machine {
  readonly directory: string = join(temporaryDirectory(), 'shared', 'team')
  readonly mirror: SharedMirror
  readonly baselines: BaselineStore = new BaselineStore(join(this.directory, 'baselines'), 'default')

  constructor(documents: DocumentStore) {
    this.mirror = new SharedMirror(this.directory, documents)
  }

  async run(runId: string, day: number = 1): Promise<void> {
    await new HistoryStore(join(this.directory, 'history')).write(
      runRecord(runId, new Date(Date.UTC(2026, 2, day)).toISOString()),
    )
  }

  async runIds(): Promise<string[]> {
    const { points } = await new HistoryStore(join(this.directory, 'history')).points(SPEC)
    return points.map(({ runId }) => runId)
  }
}

const programs = postgresPrograms()
if (programs === null) console.log('skipped: no PostgreSQL')

describe.skipIf(programs === null)('a team with one PostgreSQL', () => {
  let server: PostgresServer
  const open: PostgresDocuments[] = []
  let projects = 0

  beforeAll(async () => {
    server = await postgresServer(programs!)
  }, 60_000)
  afterAll(async () => {
    await Promise.all(open.map((documents) => documents.close()))
    await server.stop()
  })

  const team = (size: number, url: string = server.url): Machine[] => {
    const project = `p${projects++}`
    return Array.from({ length: size }, () => {
      const documents = new PostgresDocuments(url, project)
      open.push(documents)
      return new Machine(documents)
    })
  }

  test('many machines write one history at once, and each sees all of it', async () => {
    const machines = team(4)
    await Promise.all(
      machines.map(async (machine, i) => {
        for (let n = 0; n < 2; n++) {
          await machine.run(`01J${i}${n}`, i + 1)
          expect(await machine.mirror.sync()).toEqual([])
        }
      }),
    )
    for (const machine of machines) {
      expect(await machine.mirror.sync()).toEqual([])
      expect((await machine.runIds()).length).toBe(8)
    }
  })

  test('a baseline that two accept is the first one, and the other is told and kept', async () => {
    const [a, b] = team(2) as [Machine, Machine]
    await a.baselines.accept(baselineRecord({ reason: 'first' }))
    await b.baselines.accept(baselineRecord({ reason: 'second' }))
    expect(await a.mirror.sync()).toEqual([])
    expect(await b.mirror.sync()).toEqual([expect.stringMatching(/accepted elsewhere meanwhile and counts.*\.ours$/)])
    expect((await b.baselines.read(SPEC, 'env1')).baseline).toMatchObject({ reason: 'first' })
    await b.baselines.accept(baselineRecord({ reason: 'third' }))
    expect(await b.mirror.sync()).toEqual([])
    expect(await a.mirror.sync()).toEqual([])
    expect((await a.baselines.read(SPEC, 'env1')).baseline).toMatchObject({ reason: 'third' })
  })

  test('what was compacted on one machine goes on the others and does not come back', async () => {
    const [a, b] = team(2) as [Machine, Machine]
    await a.run('01JA')
    await a.run('01JB')
    await a.mirror.sync()
    await b.mirror.sync()
    rmSync(join(a.directory, 'history/2026-03/01JA-1.json'))
    await a.mirror.sync(new Set(['history/2026-03/01JA-1.json']))
    await b.mirror.sync()
    await b.mirror.sync()
    for (const machine of [a, b]) expect(await machine.runIds()).toEqual(['01JB'])
  })

  test('files that are missing here come down again, and a database that lost everything is filled again', async () => {
    const [a] = team(1) as [Machine]
    await a.run('01JA')
    await a.mirror.sync()
    rmSync(join(a.directory, 'history'), { recursive: true })
    await a.mirror.sync()
    expect(await a.runIds()).toEqual(['01JA'])
    const [fresh] = team(1) as [Machine]
    const moved = new SharedMirror(a.directory, open.at(-1)!)
    expect(await moved.sync()).toEqual([])
    await fresh.mirror.sync()
    expect([await a.runIds(), await fresh.runIds()]).toEqual([['01JA'], ['01JA']])
  })

  test('without an answer results stay here, one line says so without the password, and the next sync sends them', async () => {
    const [away] = team(1, server.url.replace('perf@', 'perf:verysecret@').replace(/:\d+\//, ':1/')) as [Machine]
    await away.run('01JA')
    const notes = await away.mirror.sync()
    expect(notes).toEqual([
      expect.stringMatching(
        /^the shared store \(PostgreSQL at 127\.0\.0\.1:1\/postgres\) could not be used: .*ECONNREFUSED/,
      ),
    ])
    expect(notes.join('')).not.toContain('verysecret')
    expect(await away.runIds()).toEqual(['01JA'])
    const [other] = team(1) as [Machine]
    await new SharedMirror(away.directory, open.at(-1)!).sync()
    await other.mirror.sync()
    expect(await other.runIds()).toEqual(['01JA'])
  })
})

/** A store that always answers. */
function memory(texts: Map<string, string>): DocumentStore {
  return {
    place: 'memory',
    keys: () => Promise.resolve(new Map([...texts].map(([key, text]) => [key, versionOf(text)]))),
    read: (keys) => Promise.resolve(new Map(keys.map((key) => [key, texts.get(key)!]))),
    write: (changes) => {
      for (const { key, text } of changes) texts.set(key, text!)
      return Promise.resolve(true)
    },
    notes: () => [],
    close: () => Promise.resolve(),
  }
}

test('a run sends its history and its baseline, and the next machine compares with them', async () => {
  const texts = new Map<string, string>()
  const storeOf = (runId: string, root: string = temporaryDirectory()): FileStore => {
    return new FileStore({
      runId: () => runId,
      root,
      project: 'perf',
      rescue: rescuedLoad,
      update: () => 'new',
      note: () => undefined,
      toolVersion: '0.1.0',
      environment: ENVIRONMENT,
      shared: new SharedMirror(join(root, '.perf/shared/x'), memory(texts)),
    })
  }
  const first = storeOf('01JA')
  await first.recover()
  await first.reference(SPEC, PLAN)
  const { metrics, outcomes, startedAt, expectations } = loadRecord()
  const load = { loadId: PLAN.id, specId: SPEC, startedAt, validity: VALID, expectations, metrics }
  await first.settle([{ state: 'passed', loads: [{ ...load, numbers: { outcomes, stages: [] } }] }])
  expect(new Set([...texts.keys()].map((key) => key.split('/')[0]))).toEqual(new Set(['baselines', 'history']))
  const second = storeOf('01JB')
  await second.recover()
  expect(await second.reference(SPEC, { ...PLAN, id: 'b' })).toMatchObject({
    baseline: { runs: [{ runId: '01JA' }] },
    history: [{ runId: '01JA' }],
    notes: [],
  })
  // As a machine at a state of the source that was left before the baseline was accepted.
  for (const [key, text] of texts) texts.set(key, text.replaceAll(/"commit": ?null/g, '"commit": "accepted-later"'))
  const root = temporaryDirectory()
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: root, stdio: 'pipe' })
  git('init', '--quiet')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'older')
  const older = storeOf('01JC', root)
  await older.recover()
  expect(await older.reference(SPEC, { ...PLAN, id: 'c' })).toMatchObject({
    baseline: null,
    history: [],
    notes: [expect.stringContaining('baseline "default" does not count here: it was accepted at commit accepted-')],
  })
})

test('files of a mirror are no part of version control, and a damaged list of what was synced loses nothing', async () => {
  const texts = new Map<string, string>()
  const machine = new Machine(memory(texts))
  await machine.run('01JA')
  await machine.mirror.sync()
  expect(readFileSync(join(machine.directory, '.gitignore'), 'utf8')).toBe('*\n')
  rmSync(join(machine.directory, 'synced.json'))
  await machine.run('01JB')
  expect(await machine.mirror.sync()).toEqual([])
  expect([texts.size, (await machine.runIds()).length]).toEqual([2, 2])
  expect(existsSync(join(machine.directory, 'synced.json'))).toBe(true)
  expect(readdirSync(join(machine.directory, 'history'))).toEqual(['2026-03'])
})
