import { describe, expect, test } from 'vitest'
import { LoadError } from '../../../src/domain/load-error.ts'
import { type MeasurementData, NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { arrivals, bucket, delta, distributionOf, plan, series, users } from './builders.ts'

function measured(of: LoadPlan = plan(arrivals(50, 80))): MeasurementData {
  const aggregator = new Aggregator(of)
  const windows = [
    { window: 0, startUs: 0, endUs: 10e6 },
    { window: 1, startUs: 10e6, endUs: 20e6 },
  ]
  const part = (window: number, latencies: readonly number[], failed: number) =>
    series({
      window,
      outcomes: {
        ...NO_OUTCOMES,
        attempted: latencies.length + failed,
        good: latencies.length,
        failedByKind: { http: failed },
        withinSlo: 1,
      },
      distributions: {
        latency: distributionOf(latencies),
        'stage:queue': distributionOf([500]),
        tokensPerSecond: distributionOf([25_500]),
      },
    })
  aggregator.add(
    delta(0, {
      final: true,
      windows,
      series: [
        part(0, [1000, 2000, 3000], 0),
        part(1, [8000], 1),
        ...['login', 'buy'].map((request) =>
          series({ request, level: 'request', outcomes: { ...NO_OUTCOMES, attempted: 2, good: 2 } }),
        ),
      ],
      buckets: [
        bucket(1, { sent: 5, completed: 3, outputTokens: 40, inputTokens: 10, bytesReceived: 1000 }),
        bucket(11, { window: 1, completed: 1, failed: 1, completedWithinSlo: 1 }),
      ],
    }),
  )
  return aggregator.finish({
    runId: 'run',
    specId: { file: 'a.perf.ts', path: ['t'], label: '' },
    startedAt: '2026-01-01T00:00:00.000Z',
    totalUs: 20e6,
    aborted: null,
  })
}

const run = new Measurement(measured())

function refusal(call: () => unknown): LoadError {
  try {
    call()
  } catch (error) {
    if (error instanceof LoadError) return error
  }
  throw new Error('it did not refuse')
}

describe('the whole load', () => {
  test('gives rates over all windows and shares of all attempts', () => {
    expect([run.qps, run.errorRate, run.outputTokensPerSecond, run.goodput]).toEqual([0.2, 0.2, 2, 0.05])
  })

  test('gives the other rates too', () => {
    expect([run.achievedRate, run.totalTokensPerSecond, run.bytesPerSecond, run.goodFraction]).toEqual([
      0.25, 2.5, 50, 0.4,
    ])
  })

  test('summarises durations in milliseconds', () => {
    expect(run.latency).toEqual({
      n: 4,
      mean: 3.5,
      sd: expect.closeTo(3.109, 3),
      min: 1,
      p50: 2,
      p90: 8,
      p95: 8,
      p99: 8,
      max: 8,
    })
  })

  test('has null where nothing was measured', () => {
    expect([run.ttft, run.tpot, run.percentile('ttft', 50)]).toEqual([null, null, null])
    const empty = new Measurement(new Aggregator(plan()).finish({ ...run.data, totalUs: 0, aborted: 'cancelled' }))
    expect([empty.qps, empty.errorRate, empty.outputTokensPerSecond, empty.goodput, empty.latency]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  test("gives percentiles in milliseconds, and in the metric's own unit", () => {
    expect([
      run.percentile('latency', 50),
      run.percentile('stage:queue', 50),
      run.percentile('tokensPerSecond', 50),
    ]).toEqual([2, 0.5, 25.5])
  })

  test('is its data in JSON', () => {
    expect(JSON.parse(JSON.stringify(run))).toEqual(JSON.parse(JSON.stringify(run.data)))
  })
})

describe('a part', () => {
  test('a step has its own numbers and name', () => {
    const step = run.step(1)
    expect([step.subject, step.errorRate, step.latency?.max, step.primary]).toEqual([
      'step 2 (80/s)',
      0.5,
      8,
      'latency',
    ])
    expect(new Measurement(measured(plan(users(7)))).step(0).subject).toBe('step 1 (7 users)')
  })

  test('a stage judges itself in place of latency, also of a step', () => {
    expect([run.stage('queue').primary, run.stage('queue').subject]).toEqual(['stage:queue', 'stage "queue"'])
    expect(run.step(0).stage('queue').subject).toBe('step 1 (50/s), stage "queue"')
  })

  test('requests of a name are found, and the scenario itself', () => {
    expect([run.scenario('login').subject, run.scenario('login').series.outcomes.good]).toEqual(['request "login"', 2])
    expect(run.scenario('shop').series).toBe(run.series)
  })

  test('what was not measured is refused with what was', () => {
    expect(refusal(() => run.scenario('pay'))).toMatchObject({
      code: 'not-measured',
      message: expect.stringContaining("it has 'buy', 'login'"),
    })
    expect(refusal(() => run.stage('decode'))).toMatchObject({
      code: 'not-measured',
      message: expect.stringContaining("it has 'queue'"),
    })
    expect(refusal(() => run.step(2))).toMatchObject({
      code: 'not-measured',
      message: expect.stringContaining('2 step(s)'),
    })
    expect(refusal(() => run.scenario('toString')).code).toBe('not-measured')
  })
})
