import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { TestCase, TestModule } from 'vitest/node'
import { PerfReporter, type Settlement } from '../../../reporters/perf-reporter.ts'
import type { SpecResult } from '../../../reporters/spec-result.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { CapacitySummary } from '../../../src/domain/capacity.ts'
import type { PerfMeta } from '../../../src/domain/perf-meta.ts'
import { ALERTS } from '../../../src/plan/alert-options.ts'
import type { LoadObserver } from '../../../src/pool/ports.ts'
import { liveSnapshotOf } from '../../support/live-snapshot.ts'
import { answerAt, INVALID, measurementData, plan, reference } from '../../support/measurement-builder.ts'

const NOTHING: Settlement = { paths: [], notes: [] }
const META: PerfMeta = { loads: [loadSummary(measurementData(), reference(), [])] }

/** A module of tests with these metas and states, as far as a reporter looks at it. */
function moduleOf(...tests: readonly { perf?: PerfMeta; state?: string }[]): TestModule {
  const cases = tests.map(
    ({ perf, state = 'passed' }, i) =>
      ({
        fullName: `gateway > test ${i}`,
        meta: () => (perf === undefined ? {} : { perf }),
        result: () => ({
          state,
          ...(state === 'failed' && { errors: [{ message: '\u001B[31mexpected 1 to be 2\u001B[39m' }] }),
        }),
        location: { line: 7, column: 1 },
        diagnostic: () => ({ duration: 1500 }),
        module: { moduleId: '/project/chat.perf.ts' },
      }) as unknown as TestCase,
  )
  return {
    moduleId: '/project/chat.perf.ts',
    children: {
      *allTests() {
        yield* cases
      },
    },
  } as unknown as TestModule
}

function reporterOf(settle: (results: readonly SpecResult[]) => Promise<Settlement> = () => Promise.resolve(NOTHING)) {
  const stream = new PassThrough({ encoding: 'utf8' })
  const reporter = new PerfReporter({
    stream,
    columns: () => 80,
    rows: () => 40,
    isTTY: false,
    settle,
    measured: () => undefined,
    loadsEnded: () => Promise.resolve(),
    owns: (module) => !module.moduleId.includes('foreign'),
    now: () => 0,
  })
  return { reporter, printed: (): string => (stream.read() as string | null) ?? '' }
}

test('settles every test that had a load with its state, then prints loads, notes and paths', async () => {
  const settled: SpecResult[] = []
  const { reporter, printed } = reporterOf((results) => {
    settled.push(...results)
    return Promise.resolve({ paths: ['.perf/history/x.json'], notes: ['wrote a provisional baseline'] })
  })
  await reporter.onTestRunEnd([moduleOf({ perf: META }, {}, { perf: META, state: 'failed' })], [], 'failed')
  const told = { file: '/project/chat.perf.ts', line: 7, durationMs: 1500, loads: META.loads, searches: [] }
  expect(settled).toEqual([
    { ...told, name: 'gateway > test 0', state: 'passed', errors: [] },
    { ...told, name: 'gateway > test 2', state: 'failed', errors: ['expected 1 to be 2'] },
  ])
  const text = printed()
  expect(text.match(/^holds 10 qps$/gm)).toHaveLength(2)
  expect(text).toMatch(/perf: wrote a provisional baseline\n\nwritten\n {2}\.perf\/history\/x\.json\n$/)
})

test('says when most loads moved alike', async () => {
  const slower = (change: number): PerfMeta => {
    const [load] = META.loads
    const metric = { metric: 'latency.p50' as const, verdict: 'REGRESSED' as const, current: 1 + change, reference: 1 }
    const rest = { change, changeInterval: null, detectable: null, runsNeeded: null }
    const comparison = {
      verdict: 'REGRESSED' as const,
      against: 'x',
      runCv: null,
      notes: [],
      metrics: [{ ...metric, ...rest }],
    }
    return { loads: [{ ...load!, specId: { ...load!.specId, file: `${change}.perf.ts` }, comparison }] }
  }
  const note = 'perf: 4 of 4 loads moved alike, by +20.2 % in the middle'
  const { reporter, printed } = reporterOf()
  await reporter.onTestRunEnd([moduleOf(...[0.2, 0.21, 0.19, 0.205].map((by) => ({ perf: slower(by) })))], [], 'passed')
  expect(printed()).toContain(note)
  await reporter.onTestRunEnd([moduleOf(...[0.2, 0, 0.01, -0.01].map((by) => ({ perf: slower(by) })))], [], 'passed')
  expect(printed()).not.toContain('moved alike')
})

test('prints nothing and settles no load when no perf test of its project ran', async () => {
  const settled: (readonly SpecResult[])[] = []
  const { reporter, printed } = reporterOf((results) => {
    settled.push(results)
    return Promise.resolve(NOTHING)
  })
  await reporter.onTestRunEnd([moduleOf({}, {})], [], 'passed')
  const foreign = Object.assign(moduleOf({ perf: META }), { moduleId: '/foreign/chat.perf.ts' })
  await reporter.onTestRunEnd([foreign], [], 'passed')
  await reporter.onTestRunEnd([], [], 'passed')
  expect(settled).toEqual([[], [], []])
  expect(printed()).toBe('')
})

test('prints what there is after an interrupt, with the test that did not end', async () => {
  const settled: SpecResult[] = []
  const { reporter, printed } = reporterOf((results) => {
    settled.push(...results)
    return Promise.resolve(NOTHING)
  })
  await reporter.onTestRunEnd([moduleOf({ perf: META, state: 'pending' })], [], 'interrupted')
  expect(settled[0]).toMatchObject({ state: 'pending' })
  expect(printed()).toMatch(/^perf: interrupted; this is what was measured until then\n\nholds 10 qps\n/)
})

test('takes the numbers of a load whose cancelled test told nothing, and each load once', async () => {
  const settled: SpecResult[] = []
  const { reporter, printed } = reporterOf((results) => {
    settled.push(...results)
    return Promise.resolve(NOTHING)
  })
  const data = measurementData()
  reporter.finished(data, reference())
  await reporter.onTestRunEnd([moduleOf({ state: 'skipped' })], [], 'interrupted')
  expect(settled).toMatchObject([{ file: data.specId.file, state: 'pending', loads: [{ loadId: data.plan.id }] }])
  expect(printed()).toMatch(/no expectation was judged/)
  reporter.finished(data, reference())
  const told = { loads: [{ ...META.loads[0]!, loadId: data.plan.id }] }
  await reporter.onTestRunEnd([moduleOf({ perf: told })], [], 'passed')
  expect(settled).toHaveLength(2)
})

test('shows a search that its interrupted test could not tell about, and none of its trials as a load', async () => {
  const settled: SpecResult[] = []
  const { reporter, printed } = reporterOf((results) => {
    settled.push(...results)
    return Promise.resolve(NOTHING)
  })
  reporter.finished(measurementData({ plan: plan({ part: { ...answerAt(40, null), role: 'trial' } }) }), reference())
  const search: CapacitySummary = {
    kind: 'capacity',
    specId: { file: 'a.perf.ts', path: ['holds'], label: 'capacity' },
    title: 'holds · capacity',
    by: 'rate',
    from: 5,
    to: 200,
    limits: { percentiles: [], errorRate: 0.01, goodFraction: null },
    precision: 0.05,
    end: null,
    highestPassing: 40,
    firstFailing: null,
    confirmed: false,
    trials: [
      {
        level: 40,
        confirming: false,
        outcome: 'passed',
        why: 'errors 0 %, no backlog',
        windowUs: 5e6,
        attempted: 200,
        qps: 40,
        latencyP50Us: 5000,
        latencyP99Us: 9000,
        errorRate: 0,
      },
    ],
    notes: [],
  }
  reporter.searched({ ...search, highestPassing: null })
  reporter.searched(search)
  await reporter.onTestRunEnd([moduleOf({ state: 'skipped' })], [], 'interrupted')
  expect(settled).toMatchObject([{ loads: [], searches: [{ highestPassing: 40, end: 'aborted' }] }])
  expect(printed()).toMatch(/holds · capacity · at least 40\/s, not confirmed/)
  reporter.searched(search)
  await reporter.onTestRunEnd([moduleOf({ perf: { loads: [], searches: [search] } })], [], 'passed')
  expect(settled).toHaveLength(2)
})

test('keeps the numbers on the screen when they cannot be stored', async () => {
  const { reporter, printed } = reporterOf(() => Promise.reject(new Error('ENOSPC: no space left on device')))
  await reporter.onTestRunEnd([moduleOf({ perf: META })], [], 'passed')
  expect(printed()).toContain('perf: the results of this run were not stored: ENOSPC: no space left on device')
})

test('says each change of an alert in a line of its own', () => {
  const { reporter, printed } = reporterOf()
  const [rule] = ALERTS.parse({ cpu: '> 90%', of: 'llm', for: '3s' })
  const span = { watched: 'llm', metric: 'cpuCores', limit: 0.9, side: 'above', fromUs: 1e6, toUs: 4e6 } as const
  reporter.alerted({ rule: rule!, kind: 'began', span: { ...span, ended: false, peak: 1.1 } }, null)
  reporter.alerted({ rule: rule!, kind: 'ended', span: { ...span, toUs: 9e6, ended: true, peak: 1.25 } }, 'chat')
  reporter.alerted({ rule: rule!, kind: 'unwatched' }, null)
  expect(printed()).toBe(
    [
      'perf alert: CPU of llm above 0.9 cores for 3 s, at most 1.1 cores',
      'perf alert: chat: over: CPU of llm above 0.9 cores for 8 s, at most 1.25 cores',
      "perf alert: { cpu: '> 90%', of: 'llm', for: '3s' } cannot be watched: nothing in",
      "  monitors tells cpu of 'llm'",
      '',
    ].join('\n'),
  )
})

test('observes loads: live lines, each note once a run, and why a load is invalid', async () => {
  const { reporter, printed } = reporterOf()
  const observer: LoadObserver = reporter
  observer.note('waits for process 7')
  observer.note('waits for process 7')
  observer.finished(measurementData({ validity: INVALID }), reference())
  expect(printed()).toBe(
    'perf note: waits for process 7\nperf note: invalid load: pacer lag p99 14 ms is over 2 ms; use more generators\n',
  )
  await reporter.onTestRunEnd([], [], 'passed')
  printed()
  observer.note('waits for process 7')
  expect(printed()).toBe('perf note: waits for process 7\n')
  observer.progress(liveSnapshotOf({ state: 'preparing' }))
  expect(printed()).toBe('perf · preparing · holds 10 qps\n')
})
