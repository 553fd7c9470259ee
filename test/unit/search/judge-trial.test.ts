import { describe, expect, test } from 'vitest'
import type { SearchLimits } from '../../../src/domain/capacity.ts'
import { VALID } from '../../../src/domain/validity.ts'
import { judgeTrial, type TrialQuestion } from '../../../src/search/judge-trial.ts'
import { INVALID, series, spread } from '../../support/measurement-builder.ts'
import { queueTrial } from '../../support/virtual-queue.ts'

const NONE: SearchLimits = { percentiles: [], errorRate: null, goodFraction: null }
const question = (limits: Partial<SearchLimits> = {}, rest: Partial<TrialQuestion> = {}): TrialQuestion => ({
  by: 'rate',
  level: 100,
  limits: { ...NONE, ...limits },
  warmupUs: 1e6,
  lightLatencyUs: null,
  onInvalid: 'fail',
  ...rest,
})
const p99 = (limitUs: number): Partial<SearchLimits> => ({ percentiles: [{ metric: 'latency', p: 99, limitUs }] })
/** 1,000 requests within 10 s, all but 2 % of which take 50 ms, and 2 % take a second. */
const slowTail = series({
  latencies: [...Array<number>(980).fill(50_000), ...Array<number>(20).fill(1e6)],
  windowUs: 10e6,
})

describe('limits', () => {
  test('a percentile must stay below its limit', () => {
    expect(judgeTrial(slowTail, VALID, question(p99(500_000)))).toEqual({
      outcome: 'failed',
      why: 'p99 latency 1 s not below 500 ms',
    })
    expect(judgeTrial(slowTail, VALID, question(p99(1_000_001)))).toMatchObject({ outcome: 'passed' })
    const p50: SearchLimits['percentiles'] = [{ metric: 'latency', p: 50, limitUs: 60_000 }]
    expect(judgeTrial(slowTail, VALID, question({ percentiles: p50 })).why).toBe(
      'p50 latency 50 ms, errors 0 %, no backlog',
    )
  })

  test('requests without a good answer rank as infinitely slow', () => {
    const lossy = series({
      latencies: spread(985, 1000, 2000),
      windowUs: 10e6,
      outcomes: { failedByKind: { http: 15 } },
    })
    expect(judgeTrial(lossy, VALID, question({ ...p99(1e9), errorRate: 0.05 }))).toEqual({
      outcome: 'failed',
      why: 'p99 latency falls on requests without a good answer',
    })
  })

  test('one percent of the requests may be lost unless a limit says otherwise', () => {
    const losing = (lost: number) =>
      series({ latencies: spread(1000 - lost, 1000, 2000), windowUs: 10e6, outcomes: { dropped: lost } })
    const outcome = (lost: number, errorRate: number | null): string =>
      judgeTrial(losing(lost), VALID, question({ errorRate })).outcome
    expect([outcome(10, null), outcome(11, null)]).toEqual(['passed', 'failed'])
    expect([outcome(50, 0.05), outcome(51, 0.05)]).toEqual(['passed', 'failed'])
    expect([outcome(0, 0), outcome(1, 0)]).toEqual(['passed', 'failed'])
  })

  test('a share of requests must meet the SLO', () => {
    const half = series({ latencies: spread(1000, 1000, 2000), windowUs: 10e6, outcomes: { withinSlo: 940 } })
    expect(judgeTrial(half, VALID, question({ goodFraction: 0.95 }))).toEqual({
      outcome: 'failed',
      why: '94 % within the SLO, under 95 %',
    })
    expect(judgeTrial(half, VALID, question({ goodFraction: 0.94 })).outcome).toBe('passed')
  })

  test('a limit on what was not measured is not kept', () => {
    const limits: SearchLimits['percentiles'] = [{ metric: 'ttft', p: 95, limitUs: 1e6 }]
    expect(judgeTrial(slowTail, VALID, question({ percentiles: limits })).why).toBe('no p95 TTFT was measured')
  })
})

describe('a generator that disturbed the trial', () => {
  test('makes it invalid, never failed', () => {
    expect(judgeTrial(slowTail, INVALID, question(p99(1)))).toEqual({
      outcome: 'invalid',
      why: 'pacer lag p99 14 ms is over 2 ms',
    })
  })

  test("is judged all the same under onInvalid: 'warn'", () => {
    expect(judgeTrial(slowTail, INVALID, question(p99(1), { onInvalid: 'warn' })).outcome).toBe('failed')
  })
})

describe('arrivals that pile up', () => {
  const trial = (load: {
    share: number
    arrivals?: 'uniform' | 'poisson'
    serviceUs?: number
    warmupUs?: number
    windowUs?: number
  }) => {
    const { share, arrivals = 'uniform', serviceUs = 5000, warmupUs = 1e6, windowUs = 5e6 } = load
    const level = (share * 4e6) / serviceUs
    const measured = queueTrial(
      { concurrency: 4, serviceUs: () => serviceUs },
      { rate: level, arrivals, seed: 3, windowUs, warmupUs },
    )
    return judgeTrial(measured, VALID, question({}, { level, warmupUs, lightLatencyUs: serviceUs }))
  }

  test.each([
    ['uniform', 0.5, 'passed'],
    ['uniform', 1, 'passed'],
    ['uniform', 1.03, 'failed'],
    ['uniform', 3, 'failed'],
    ['poisson', 0.9, 'passed'],
    ['poisson', 1.1, 'failed'],
  ] as const)('%s arrivals at %d of what the target serves: %s', (arrivals, share, outcome) => {
    expect(trial({ share, arrivals }).outcome).toBe(outcome)
  })

  test('fail a trial whose percentiles all look fine', () => {
    expect(trial({ share: 1.1 }).why).toMatch(/^\d+ of 4,400 arrivals piled up$/)
  })

  test('requests that fill an idle target are no backlog, however long they take', () => {
    expect(trial({ share: 0.9, serviceUs: 2e6, warmupUs: 1e6, windowUs: 20e6 }).outcome).toBe('passed')
    expect(trial({ share: 1.5, serviceUs: 2e6, warmupUs: 1e6, windowUs: 20e6 }).outcome).toBe('failed')
  })

  test('are no matter where levels are users: they wait by themselves', () => {
    const overloaded = queueTrial(
      { concurrency: 1, serviceUs: () => 50_000 },
      { rate: 100, arrivals: 'uniform', seed: 1, windowUs: 2e6, warmupUs: 0 },
    )
    expect(judgeTrial(overloaded, VALID, question({}, { by: 'users' })).outcome).toBe('passed')
  })
})
