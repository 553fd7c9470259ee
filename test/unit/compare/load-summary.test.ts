import { describe, expect, test } from 'vitest'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import { answerAt } from '../../support/measurement-builder.ts'
import { arrivals, delta, distributionOf, plan, series } from '../measure/builders.ts'
import { metricsAt, point, recorded, reference } from './builders.ts'

function summarise(of = plan(), history: Parameters<typeof reference>[0] = {}, aborted: string | null = null) {
  const aggregator = new Aggregator(of)
  aggregator.add(
    delta(0, {
      final: true,
      windows: [
        { window: 0, startUs: 0, endUs: 5e6 },
        { window: 1, startUs: 5e6, endUs: 10e6 },
      ],
      series: [0, 1].map((window) =>
        series({
          window,
          outcomes: { ...NO_OUTCOMES, attempted: 201, good: 200, failedByKind: { http: 1 } },
          distributions: { latency: distributionOf(Array.from({ length: 200 }, (_, i) => 1e5 + i)) },
        }),
      ),
      errors: [{ request: 'shop', kind: 'http', detail: '503', message: 'unavailable', count: 2 }],
    }),
  )
  const data = aggregator.finish({
    runId: 'run',
    specId: { file: 'a.perf.ts', path: ['suite', 'holds'], label: of.label },
    startedAt: '2026-01-02T00:00:00.000Z',
    totalUs: 10e6,
    aborted,
  })
  return loadSummary(data, reference(history), [])
}

describe("the summary of a search's answer", () => {
  const earlier = (capacity: number) => ({
    history: Array.from({ length: 5 }, (_, k) => point(k, metricsAt(50_000, { capacity: recorded(capacity) }))),
  })

  test('records the capacity with its bracket, and puts it on the trend', () => {
    const { metrics, trend } = summarise(plan(arrivals(40, 40), { part: answerAt(40, 42) }), earlier(40))
    expect(metrics.capacity).toEqual({ value: 40, lower: 40, upper: 42, n: 402 })
    expect(trend).toMatchObject({ metric: 'capacity' })
    expect(trend!.points.at(-1)).toMatchObject({ value: 40, current: true })
  })

  test.each([
    [80, 'REGRESSED'],
    [39, 'OK'],
    [20, 'IMPROVED'],
  ])('against a capacity of %d is %s, whatever its latency', (before, verdict) => {
    const { comparison } = summarise(plan(arrivals(40, 40), { part: answerAt(40, 40.5) }), earlier(before))
    expect(comparison).toMatchObject({ verdict, metrics: [{ metric: 'capacity' }] })
  })

  test('compares also where nothing failed, and the capacity is only known from below', () => {
    const { comparison } = summarise(plan(arrivals(40, 40), { part: answerAt(40, null) }), earlier(80))
    expect(comparison).toMatchObject({ verdict: 'REGRESSED' })
  })
})

describe('the summary of a load', () => {
  test('holds the numbers of the table', () => {
    const { title, numbers, steps } = summarise(plan(arrivals(40, 40), { label: 'second' }))
    expect(title).toBe('holds · second')
    expect(numbers).toMatchObject({ windowUs: 10e6, errorRate: 2 / 402, ttft: null, frequentError: { detail: '503' } })
    expect(numbers.latency).toEqual({
      mean: 1e5 + 99.5,
      sd: expect.closeTo(57.8, 1),
      n: 400,
      p50: 1e5 + 99,
      p90: 1e5 + 179,
      p95: 1e5 + 189,
      p99: 1e5 + 197,
      max: 1e5 + 199,
    })
    expect(steps.map((step) => [step.ratePerSecond, step.numbers.latency?.n])).toEqual([
      [40, 200],
      [40, 200],
    ])
  })

  test('has no steps when there is one', () => {
    expect(summarise().steps).toEqual([])
  })

  test('of a first run has a trend of one point and no comparison', () => {
    const { comparison, trend } = summarise()
    expect([comparison, trend?.points.length]).toEqual([null, 1])
  })

  test('of a second run is compared and goes on the trend', () => {
    const { comparison, trend } = summarise(plan(), { history: [point(0, metricsAt(0.4e5))] })
    expect([comparison?.verdict, trend?.points.length]).toEqual(['REGRESSED', 2])
  })

  test('of an invalid run is shown, but neither compared nor put on the trend', () => {
    const { comparison, trend, validity } = summarise(plan(), { history: [point(0, metricsAt(0.4e5))] }, 'cancelled')
    expect([validity.state, comparison, trend]).toEqual(['invalid', null, null])
  })

  test('passes on what the store had to say', () => {
    expect(summarise(plan(), { notes: ['a file is damaged'] }).notes).toEqual(['a file is damaged'])
  })

  test('survives JSON', () => {
    const summary = summarise(plan(), { history: [point(0, metricsAt(0.4e5))] })
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })
})
