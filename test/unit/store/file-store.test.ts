import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Baseline, Reference, RunRecord } from '../../../src/domain/history.ts'
import type { LoadLeg } from '../../../src/domain/load-leg.ts'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { VALID, validityOf, type ValidityFinding } from '../../../src/domain/validity.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import { rescuedLoad } from '../../../src/rescued-load.ts'
import { FileStore } from '../../../src/store/file-store.ts'
import type { SettledLoad, SettledSpec } from '../../../src/store/settle.ts'
import { answerAt } from '../../support/measurement-builder.ts'
import { CHAT, delta, ENVIRONMENT, PLAN, SPEC, temporaryDirectory } from './samples.ts'

const NOW = new Date('2026-03-01T12:00:00.000Z')

const emptyLeg = (): LoadLeg => new Aggregator(PLAN).leg()

/** What a load says of itself when it starts. */
const HEADER = {
  runId: '01JRUN1',
  loadId: PLAN.id,
  specId: SPEC,
  plan: PLAN,
  startedAt: NOW.toISOString(),
  pid: process.pid,
}

interface Run {
  readonly store: FileStore
  readonly root: string
  readonly notes: string[]
  readonly files: () => string[]
}

/** A run of a project; give the root of an earlier one to come after it. */
function startRun(
  changes: {
    root?: string
    update?: Reference['update']
    runId?: string
    resume?: string
    acceptOn?: readonly string[]
    shard?: RunRecord['shard']
  } = {},
): Run {
  const root = changes.root ?? temporaryDirectory()
  const notes: string[] = []
  const store = new FileStore({
    runId: () => changes.runId ?? '01JRUN1',
    root,
    project: 'perf',
    rescue: rescuedLoad,
    ...(changes.resume === undefined ? {} : { resume: changes.resume }),
    ...(changes.shard === undefined ? {} : { shard: changes.shard }),
    ...(changes.acceptOn === undefined ? {} : { acceptOn: changes.acceptOn }),
    update: () => changes.update ?? 'new',
    clock: () => NOW,
    note: (text) => notes.push(text),
    toolVersion: '0.1.0',
    environment: ENVIRONMENT,
  })
  const files = (): string[] => {
    if (!existsSync(join(root, '.perf'))) return []
    return readdirSync(join(root, '.perf'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort()
  }
  return { store, root, notes, files }
}

const finding = (cause: ValidityFinding['cause'], severity: ValidityFinding['severity']): ValidityFinding => ({
  cause,
  severity,
  message: 'm',
  advice: 'a',
})

function settled(state: SettledSpec['state'], changes: Partial<SettledLoad> = {}): SettledSpec {
  const load: SettledLoad = {
    loadId: PLAN.id,
    specId: SPEC,
    startedAt: '2026-03-01T11:59:00.000Z',
    validity: VALID,
    expectations: [],
    metrics: { 'latency.p50': { value: 81_234.5, lower: 80_000, upper: 82_000, n: 600 } },
    numbers: { outcomes: { ...NO_OUTCOMES, attempted: 600, good: 600 }, stages: [] },
    ...changes,
  }
  return { state, loads: [load] }
}

function readRunFile(root: string): RunRecord {
  return JSON.parse(readFileSync(join(root, '.perf/history/2026-03/01JRUN1-1.json'), 'utf8')) as RunRecord
}

/** One run from its load to its settlement; gives what the next run finds as baseline. */
async function baselineAfter(
  update: Reference['update'],
  spec: SettledSpec,
  root?: string,
): Promise<{ baseline: Baseline | null; notes: readonly string[]; root: string }> {
  const run = startRun({ update, runId: '01JRUN1', ...(root === undefined ? {} : { root }) })
  await run.store.reference(SPEC, PLAN)
  const { notes } = await run.store.settle([spec])
  const { baseline } = await startRun({ root: run.root }).store.reference(SPEC, PLAN)
  return { baseline, notes, root: run.root }
}

describe('FileStore', () => {
  test('accepts nothing on a branch that may not, also under -u, and says so', async () => {
    const run = startRun({ update: 'all', acceptOn: ['main'] })
    expect(await run.store.reference(SPEC, PLAN)).toMatchObject({ update: 'none' })
    const { notes } = await run.store.settle([settled('passed')])
    expect(notes).toEqual([
      'baseline: nothing was accepted: this is a commit without a branch, and baselines are accepted on main alone (acceptOn of the perf project)',
    ])
    expect(run.files().filter((name) => name.startsWith('chat'))).toEqual([])
  })

  test('a suspect run becomes no baseline in silence', async () => {
    const suspect = settled('passed', { validity: validityOf([finding('generator-busy', 'suspect')]) })
    const { notes } = await baselineAfter('new', suspect)
    expect(notes.join()).toContain('holds 10 qps stands on a suspect run: m')
  })

  test('a first run finds nothing, the second finds the first', async () => {
    const first = startRun()
    const reference = await first.store.reference(SPEC, PLAN)
    expect(reference).toMatchObject({ baseline: null, otherBaseline: null, history: [], update: 'new', notes: [] })
    const { paths, notes } = await first.store.settle([settled('passed')])
    expect(paths.map((path) => path.slice(first.root.length + 1))).toEqual([
      '.perf/history/2026-03/01JRUN1-1.json',
      expect.stringMatching(new RegExp(`^\\.perf/baselines/default/${reference.fingerprint.hardHash}/chat-perf-ts`)),
    ])
    expect(notes).toEqual([
      "baseline: this run is now the provisional baseline 'default' (1 run) of chat.perf.ts > gateway > holds 10 qps",
    ])

    const second = await startRun({ root: first.root, runId: '01JRUN2' }).store.reference(SPEC, {
      ...PLAN,
      id: '01JLOAD2',
    })
    expect(second.history).toMatchObject([
      {
        runId: '01JRUN1',
        status: 'passed',
        hardHash: reference.fingerprint.hardHash,
        subject: { model: 'qwen3-0.6b' },
      },
    ])
    expect(second.baseline).toMatchObject({
      acceptedAt: NOW.toISOString(),
      runs: [{ runId: '01JRUN1', metrics: { 'latency.p50': { value: 81_230, n: 600 } } }],
    })
  })

  test('a random port is no difference, another profile is: then the old baseline is shown as another', async () => {
    const { root } = await baselineAfter('new', settled('passed'))
    const { store } = startRun({ root })
    const moved = await store.reference(SPEC, {
      ...PLAN,
      id: 'a',
      scenario: { ...CHAT, url: 'http://127.0.0.1:5/v1/chat/completions' },
    })
    const changed = await store.reference(SPEC, { ...PLAN, id: 'b', warmup: { kind: 'requests', requests: 1 } })
    expect(moved.baseline).not.toBeNull()
    expect(changed).toMatchObject({ baseline: null, otherBaseline: { runs: [{ runId: '01JRUN1' }] } })
  })

  test("ignores what is this machine's own in version control, once", async () => {
    const { store, root } = startRun()
    await store.reference(SPEC, PLAN)
    await store.settle([settled('passed')])
    expect(readFileSync(join(root, '.perf/.gitignore'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['history/', 'runs/']),
    )
    writeFileSync(join(root, '.perf/.gitignore'), 'mine\n')
    store
      .journal(
        {
          runId: 'x',
          loadId: 'y',
          specId: SPEC,
          plan: PLAN,
          startedAt: NOW.toISOString(),
          pid: process.pid,
        },
        emptyLeg,
      )
      .close()
    expect(readFileSync(join(root, '.perf/.gitignore'), 'utf8')).toBe('mine\n')
  })

  test('a trial of a search knows no history and leaves no journal', async () => {
    await startRun().store.settle([settled('passed')])
    const { store, files } = startRun()
    await store.reference(SPEC, PLAN)
    await store.settle([settled('passed')])
    const before = files()
    const part = { ...answerAt(40, 42), role: 'trial' } as const
    expect(await store.reference(SPEC, { ...PLAN, part })).toMatchObject({ baseline: null, history: [] })
    for (const role of ['trial', 'answer'] as const) {
      const plan = { ...PLAN, part: { ...part, role } }
      const journal = store.journal({ ...HEADER, plan }, emptyLeg)
      journal.append(delta(0, [1000]))
      journal.close()
    }
    expect(files()).toEqual(before)
  })

  test('writes nothing for a run without loads', async () => {
    const { store, files } = startRun()
    await store.recover()
    expect(await store.settle([])).toEqual({ paths: [], notes: [] })
    expect(files()).toEqual([])
  })

  test('a shard without loads is in history all the same, or it would look like one that is missing', async () => {
    const { root, store } = startRun()
    await store.reference(SPEC, PLAN)
    await store.settle([settled('passed')])
    const missing = async (): Promise<unknown> =>
      (await startRun({ root, runId: '01JRUN3' }).store.reference(SPEC, PLAN)).missingShards
    const shard = (index: number): FileStore => startRun({ root, runId: '01JRUN2', shard: { index, count: 2 } }).store
    const first = shard(1)
    const specId = { ...SPEC, label: 'another' }
    await first.reference(specId, { ...PLAN, id: 'other' })
    await first.settle([settled('passed', { specId, loadId: 'other', startedAt: NOW.toISOString() })])
    expect(await missing()).toEqual(['shard 2 of 2 of run 01JRUN2 is missing'])
    await shard(2).settle([])
    expect(await missing()).toEqual([])
  })

  test('no secret and no prompt of the plan reaches the disk', async () => {
    const { store, root } = startRun()
    const journal = store.journal(HEADER, emptyLeg)
    journal.append(delta(0, [1000]))
    const journalText = readFileSync(join(root, '.perf/runs', `${PLAN.id}.ndjson`), 'utf8')
    await store.settle([settled('passed')])
    for (const text of [journalText, JSON.stringify(readRunFile(root))]) {
      expect(text).toContain(SPEC.file)
      expect(text).not.toMatch(/verysecret|KV cache/)
    }
  })

  test('removes the journals of settled loads and leaves those of others', async () => {
    const { store, files } = startRun()
    const header = {
      runId: '01JRUN1',
      specId: SPEC,
      startedAt: NOW.toISOString(),
      pid: process.pid,
    } as const
    store.journal({ ...header, loadId: PLAN.id, plan: PLAN }, emptyLeg).close()
    store.journal({ ...header, loadId: '01JRUNNING', plan: { ...PLAN, id: '01JRUNNING' } }, emptyLeg).close()
    await store.settle([settled('failed')])
    expect(files()).toEqual(['.gitignore', '01JRUN1-1.json', '01JRUNNING.ndjson'])
  })
})

describe('what history says of a load', () => {
  test.each<[RunRecord['loads'][number]['status'], string, SettledSpec]>([
    ['passed', 'passed', settled('passed')],
    [
      'passed',
      'passed with a suspect measurement',
      settled('passed', { validity: validityOf([finding('drift', 'suspect')]) }),
    ],
    ['failed', 'failed', settled('failed')],
    [
      'invalid',
      'failed because the measurement is invalid',
      settled('failed', { validity: validityOf([finding('generator-late', 'invalid')]) }),
    ],
    [
      'invalid',
      'passed with onInvalid: warn',
      settled('passed', { validity: validityOf([finding('generator-late', 'invalid')]) }),
    ],
    ['aborted', 'was aborted', settled('failed', { validity: validityOf([finding('aborted', 'invalid')]) })],
    ['aborted', 'was skipped after its load', settled('skipped')],
    ['aborted', 'was interrupted', settled('pending')],
  ])('is %s when its test %s', async (status, _what, spec) => {
    const { store, root } = startRun({ update: 'none' })
    await store.reference(SPEC, PLAN)
    await store.settle([spec])
    expect(readRunFile(root).loads.map((load) => load.status)).toEqual([status])
  })
})

describe('baselines by rule', () => {
  test.each<[string, Partial<SettledLoad>, SettledSpec['state']]>([
    ['failed', {}, 'failed'],
    ['skipped', {}, 'skipped'],
    ['invalid', { validity: validityOf([finding('generator-late', 'invalid')]) }, 'passed'],
    ['aborted', { validity: validityOf([finding('aborted', 'suspect')]) }, 'passed'],
    [
      'without one good request',
      { numbers: { outcomes: { ...NO_OUTCOMES, attempted: 9, dropped: 9 }, stages: [] } },
      'passed',
    ],
  ])('a run that is %s never becomes one, and -u says why', async (_what, load, state) => {
    expect(await baselineAfter('new', settled(state, load))).toMatchObject({ baseline: null, notes: [] })
    const asked = await baselineAfter('all', settled(state, load))
    expect(asked.baseline).toBeNull()
    expect(asked.notes).toEqual([expect.stringContaining('was not accepted: ')])
  })

  test('a suspect run may become one', async () => {
    expect(
      (await baselineAfter('new', settled('passed', { validity: validityOf([finding('drift', 'suspect')]) }))).baseline,
    ).not.toBeNull()
  })

  const p50 = (value: number): Partial<SettledLoad> => ({
    metrics: { 'latency.p50': { value, lower: null, upper: null, n: 600 } },
  })
  const valueOf = (baseline: Baseline | null): number | undefined => baseline?.runs[0]?.metrics['latency.p50']?.value

  test('none never writes, new writes what is missing, all replaces', async () => {
    const ci = await baselineAfter('none', settled('passed', p50(1)))
    expect(ci.baseline).toBeNull()
    const first = await baselineAfter('new', settled('passed', p50(2)), ci.root)
    expect(valueOf(first.baseline)).toBe(2)
    expect(valueOf((await baselineAfter('new', settled('passed', p50(3)), ci.root)).baseline)).toBe(2)
    expect(valueOf((await baselineAfter('none', settled('passed', p50(4)), ci.root)).baseline)).toBe(2)
    expect(valueOf((await baselineAfter('all', settled('failed', p50(5)), ci.root)).baseline)).toBe(2)
    expect(valueOf((await baselineAfter('all', settled('passed', p50(6)), ci.root)).baseline)).toBe(6)
  })

  test('a truncated one is named, survives a run without -u, and is replaced by -u', async () => {
    const { root } = await baselineAfter('new', settled('passed', p50(2)))
    const { store } = startRun({ root })
    const { fingerprint } = await store.reference(SPEC, PLAN)
    const directory = join(root, '.perf/baselines/default', fingerprint.hardHash)
    const path = join(directory, readdirSync(directory)[0]!)
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 30))
    const reference = await startRun({ root }).store.reference(SPEC, PLAN)
    expect(reference).toMatchObject({ baseline: null, notes: [expect.stringContaining(`${path} is damaged`)] })
    expect((await baselineAfter('new', settled('passed', p50(3)), root)).baseline).toBeNull()
    expect(readFileSync(path, 'utf8')).toHaveLength(30)
    expect(valueOf((await baselineAfter('all', settled('passed', p50(4)), root)).baseline)).toBe(4)
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toHaveLength(30)
  })
})

describe('a disk that cannot be written', () => {
  test('costs the load nothing and is said once for each thing that is lost', async () => {
    const { store, root, notes } = startRun()
    writeFileSync(join(root, '.perf'), 'a file in its place')
    const journal = store.journal(HEADER, emptyLeg)
    journal.append(delta(0, [1000]))
    journal.close()
    expect(notes).toEqual([expect.stringContaining(join(root, '.perf/runs'))])
    const reference = await store.reference(SPEC, PLAN)
    expect(reference).toMatchObject({ baseline: null, history: [] })
    expect(reference.notes.length).toBeGreaterThan(0)
    const settlement = await store.settle([settled('passed')])
    expect(settlement.paths).toEqual([])
    expect(settlement.notes.join('\n')).toMatch(/history: cannot write .*\.perf.*--reporter=json/)
    expect(settlement.notes.join('\n')).toMatch(/baseline: .* was not accepted: cannot/)
    expect((await store.recover()).recovered).toBe(0)
  })

  test('leaves the journals when only history is lost, for the next start', async () => {
    const { store, root, files } = startRun()
    store.journal(HEADER, emptyLeg).close()
    mkdirSync(join(root, '.perf'), { recursive: true })
    writeFileSync(join(root, '.perf/history'), 'a file in its place')
    await store.settle([settled('failed')])
    expect(files()).toEqual(['.gitignore', `${PLAN.id}.ndjson`, 'history'])
  })
})

test('a load that this process never measured is named and not stored', async () => {
  const { store, files } = startRun()
  expect((await store.settle([settled('passed')])).notes).toEqual([
    expect.stringContaining('not measured by this process'),
  ])
  expect(files()).toEqual(['.gitignore'])
})
