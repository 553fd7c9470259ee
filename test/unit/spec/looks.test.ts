import { afterEach, beforeEach, describe, test, vi } from 'vitest'
import { recordedMetrics } from '../../../src/compare/recorded-metrics.ts'
import type { HistoryPoint, Reference } from '../../../src/domain/history.ts'
import type { PerfMeta } from '../../../src/domain/perf-meta.ts'
import type { Scenario } from '../../../src/domain/scenario.ts'
import { expect } from '../../../src/matchers/perf-expect.ts'
import '../../../src/matchers/register.ts'
import { ENVELOPE, type HostEnvelope } from '../../../src/pool/protocol.ts'
import type { HostLink, HostRequest } from '../../../src/spec/host-link.ts'
import { type LoadContext, LoadSession } from '../../../src/spec/load-session.ts'
import { SETTINGS_VARIABLE } from '../../../src/spec/settings.ts'
import { httpScenario } from '../../support/load-plan.ts'
import { INVALID, measurementData, reference, series, spread } from '../../support/measurement-builder.ts'

const chat: Scenario = { name: 'chat', plan: () => httpScenario('http://127.0.0.1:1/') }
const RATE = { rate: 10, duration: '60s', onInconclusive: 'rerun' } as const

/** So many requests that the noise between runs is all there is. */
function around(factor: number) {
  return series({ latencies: spread(20_000, 90e3 * factor, 110e3 * factor) })
}

/** Thirty even runs: what is left of the assumed noise is small enough for OK. */
const LEVELS = [1, 1.01, 0.99].map((factor) => recordedMetrics({ series: around(factor) }))
const HISTORY = Array.from({ length: 30 }, (_, i): HistoryPoint => ({
  runId: `run${i}`,
  startedAt: new Date(Date.UTC(2025, 10, 1 + i)).toISOString(),
  commit: null,
  status: 'passed',
  hardHash: 'abc',
  branch: null,
  dirty: null,
  origin: 'measured',
  stages: [],
  metrics: LEVELS[i % 3]!,
}))

beforeEach(() => {
  const settings = { root: '/', onInvalid: 'fail', onInconclusive: 'warn', idle: null }
  vi.stubEnv(SETTINGS_VARIABLE, JSON.stringify(settings))
})
afterEach(() => vi.unstubAllEnvs())

/** A session whose host measures the given factors of the usual latency, one load after the other. */
function session(factors: readonly (number | 'invalid' | 'aborted')[], known: Partial<Reference> = {}) {
  const asked: HostRequest[] = []
  const meta: { perf?: PerfMeta } = {}
  const link = {
    request: (request: HostRequest): Promise<HostEnvelope> => {
      const factor = factors[asked.length]
      asked.push(request)
      if (request.kind !== 'load' || factor === undefined) throw new Error('one load too many')
      const broken = typeof factor === 'string'
      const measured = request.loads.map(({ plan, specId }) => ({
        measurement: measurementData({
          plan,
          specId,
          series: around(broken ? 9 : factor),
          ...(broken ? { validity: INVALID } : {}),
        }),
        reference: reference({ history: HISTORY, ...known }),
      }))
      const error = { code: 'load-aborted', message: 'cancelled', stack: null }
      return Promise.resolve(
        factor === 'aborted'
          ? { [ENVELOPE]: true, kind: 'failed', id: 1, error, measured }
          : { [ENVELOPE]: true, kind: 'loaded', id: 1, measured },
      )
    },
  } as unknown as HostLink
  const context = {
    task: { name: 'a test', meta, file: { filepath: '/a.perf.ts' }, suite: undefined },
    signal: new AbortController().signal,
    annotate: () => Promise.resolve(),
  } as unknown as LoadContext
  return { perf: new LoadSession(link, context), asked, loads: () => meta.perf!.loads }
}

function thrown(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}

describe("under onInconclusive: 'rerun'", () => {
  test.each([
    ['no change', [1], 'OK'],
    ['a doubling', [2], 'REGRESSED'],
    ['what the second look shows to be nothing', [1.06, 0.95], 'OK'],
    ['what the second look shows to be a regression', [1.06, 1.6], 'REGRESSED'],
    ['what stays open', [1.045, 1.04, 1.05], 'INCONCLUSIVE'],
    ['one wild repetition', [1.045, 1.02, 3], 'INCONCLUSIVE'],
  ] as const)('%s takes as many looks as it needs', async (_, factors, verdict) => {
    const { perf, asked, loads } = session(factors)
    const run = await perf.load(chat, RATE)
    expect(asked).toHaveLength(factors.length)
    expect(loads().at(-1)!.comparison).toMatchObject({ verdict, looks: { made: factors.length, planned: 3 } })
    const claim = () => expect(run).toNotRegress()
    expect(thrown(claim)).toBe(verdict === 'REGRESSED')
    const [judged] = loads()[0]!.expectations
    expect(judged).toMatchObject({
      comparison: verdict,
      verdict: { OK: 'pass', REGRESSED: 'fail', INCONCLUSIVE: 'weak' }[verdict],
    })
    expect(judged!.notes).toContainEqual(expect.stringContaining(`look ${factors.length} of at most 3`))
  })

  test('a run is never taken back: claims of the load itself are judged by its first run', async () => {
    const { perf } = session([1.06, 0.5])
    const run = await perf.load(chat, RATE)
    expect(() => expect(run).toHaveP50Below('104ms')).toThrow('expected p50 latency')
  })

  test('every run is a load of its own in the report, under one spec id, and tells its look while it runs', async () => {
    const { perf, asked, loads } = session([1.06, 0.95])
    await perf.load(chat, RATE)
    expect(loads().map(({ title, look }) => [title, look?.index])).toEqual([
      ['a test', 1],
      ['a test · look 2', 2],
    ])
    const plans = asked.flatMap((request) => (request.kind === 'load' ? request.loads.map(({ plan }) => plan) : []))
    expect(plans.map(({ progress }) => progress)).toEqual([undefined, 'look 2 of at most 3'])
    expect(new Set(plans.map(({ id }) => id)).size).toBe(2)
    expect(new Set(plans.map(({ seed }) => seed)).size).toBe(1)
  })

  test('an invalid repetition takes no part and fails nothing', async () => {
    const { perf } = session([1.06, 'invalid', 0.95])
    const run = await perf.load(chat, RATE)
    expect(run).toNotRegress()
    expect(() => perf.refuseUnjudged()).not.toThrow()
  })

  test('what was measured until an interrupt is kept', async () => {
    const { perf, loads } = session([1.06, 'aborted'])
    await expect(perf.load(chat, RATE)).rejects.toThrow('cancelled')
    expect(loads()).toHaveLength(2)
  })

  test.each([
    ['the baseline is to be replaced', { update: 'all' }],
    ['nothing is known yet', { history: [] }],
    // Of the assumed 5 % so much is left that no number of runs in this job would do.
    ['the noise between jobs alone leaves it open', { history: HISTORY.slice(0, 3) }],
  ] as const)('nothing is repeated where %s', async (_, known) => {
    const { perf, asked } = session([1.045], known)
    await perf.load(chat, RATE)
    expect(asked).toHaveLength(1)
  })

  test('nothing is repeated without what was done during it', async () => {
    const { perf, asked } = session([1.06])
    await perf.during(perf.load(chat, RATE), () => undefined)
    expect(asked).toHaveLength(1)
  })
})

test('otherwise nothing is repeated, and the whole error rate belongs to the one look', async () => {
  const { perf, asked, loads } = session([1.06])
  await perf.load(chat, { ...RATE, onInconclusive: 'warn' })
  expect(asked).toHaveLength(1)
  expect(loads()[0]!.comparison).toMatchObject({ verdict: 'INCONCLUSIVE' })
  expect(loads()[0]!.comparison).not.toHaveProperty('looks')
})
