import { describe, expect, test } from 'vitest'
import { type OutcomeCounts, type SeriesData, NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { recordedMetrics } from '../../../src/compare/recorded-metrics.ts'
import { compareMeasurements } from '../../../src/compare/compare-measurements.ts'
import { distributionOf } from '../measure/builders.ts'

/** A load of 10 s with these latencies in microseconds. */
function seriesOf(
  latencies: readonly number[],
  outcomes: Partial<OutcomeCounts> = {},
  tokens: readonly number[] = [],
): SeriesData {
  return {
    windowUs: 10e6,
    outcomes: { ...NO_OUTCOMES, attempted: latencies.length, good: latencies.length, ...outcomes },
    events: {
      sent: latencies.length,
      completed: latencies.length,
      failed: 0,
      completedWithinSlo: 0,
      outputTokens: tokens.reduce((sum, count) => sum + count, 0),
      outputTokensWithinSlo: 0,
      inputTokens: 0,
      inputChars: 0,
      audioUs: 0,
      bytesReceived: 0,
    },
    distributions: {
      latency: distributionOf(latencies),
      ...(tokens.length > 0 ? { outputTokens: distributionOf(tokens) } : {}),
    },
  }
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('what history keeps', () => {
  test('percentiles with their intervals', () => {
    expect(recordedMetrics({ series: seriesOf(upTo(1000)) })['latency.p99']).toEqual({
      value: 990,
      lower: 983,
      upper: 997,
      n: 1000,
    })
  })

  test('no bounds where n is too small', () => {
    expect(recordedMetrics({ series: seriesOf(upTo(100)) })['latency.p99']).toEqual({
      value: 99,
      lower: null,
      upper: null,
      n: 100,
    })
  })

  test('failures rank as infinite: the percentile goes, the error rate tells', () => {
    const metrics = recordedMetrics({
      series: seriesOf(upTo(980), { attempted: 1000, failedByKind: { timeout: 15 }, dropped: 5 }),
    })
    expect(metrics['latency.p99']).toBeUndefined()
    expect(metrics['latency.p50']?.value).toBe(500)
    expect(metrics.errorRate).toMatchObject({ value: 0.02, n: 1000 })
  })

  test('a bound on a failure is left open', () => {
    expect(
      recordedMetrics({ series: seriesOf(upTo(995), { attempted: 1000, missed: 5 }) })['latency.p99'],
    ).toMatchObject({ value: 990, upper: null })
  })

  test('rates with the interval of their counts', () => {
    const { qps } = recordedMetrics({ series: seriesOf(upTo(100)) })
    expect(qps).toEqual({ value: 10, lower: expect.closeTo(8.14, 1), upper: expect.closeTo(12.16, 1), n: 100 })
  })

  test('tokens vary with the requests that they come in, not one by one', () => {
    const { outputTokensPerSecond } = recordedMetrics({
      series: seriesOf(
        upTo(100),
        {},
        upTo(100).map(() => 50),
      ),
    })
    expect(outputTokensPerSecond).toEqual({
      value: 500,
      lower: expect.closeTo(500 / Math.exp(0.196), 1),
      upper: expect.closeTo(500 * Math.exp(0.196), 1),
      n: 100,
    })
  })

  test('nothing of a load in which nothing succeeded but its error rate', () => {
    expect(
      Object.keys(recordedMetrics({ series: seriesOf([], { attempted: 50, failedByKind: { connection: 50 } }) })),
    ).toEqual(['errorRate'])
    expect(recordedMetrics({ series: seriesOf([]) })).toEqual({})
  })

  test('it survives JSON', () => {
    const metrics = recordedMetrics({ series: seriesOf(upTo(995), { attempted: 1000, missed: 5 }) })
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics)
  })
})

describe('two measurements of one job', () => {
  const measured = (factor: number) => ({ series: seriesOf(upTo(1000).map((us) => us * factor)), subject: '' })

  test('half the latency is faster, the same cannot be told', () => {
    const found = compareMeasurements(measured(10), measured(20))
    expect([found.verdict, found.metrics[0]!.metric, found.against]).toEqual([
      'IMPROVED',
      'latency.p50',
      'the other measurement',
    ])
    expect(found.notes.join()).toContain('is assumed')
    expect(compareMeasurements(measured(20), measured(20)).verdict).toBe('INCONCLUSIVE')
    expect(compareMeasurements(measured(20), measured(10)).verdict).toBe('REGRESSED')
  })

  test('a claim of more than was gained does not hold', () => {
    expect(compareMeasurements(measured(10), measured(20), { margin: 1.5 }).verdict).not.toBe('IMPROVED')
  })
})
