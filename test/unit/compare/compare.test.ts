import { describe, expect, test } from 'vitest'
import type { Comparison } from '../../../src/domain/comparison.ts'
import type { RecordedMetrics } from '../../../src/domain/history.ts'
import { type CompareOptions, compareWithReference } from '../../../src/compare/compare.ts'
import { baseline, metricsAt, point, recorded, reference } from './builders.ts'

/** Against `count` earlier runs of 100 ms that varied by about 2 %. */
function compare(
  current: RecordedMetrics,
  count: number,
  options: CompareOptions = {},
  before: (p50: number) => RecordedMetrics = metricsAt,
): Comparison {
  const spread = [0, 2, -2, 1, -1, 3, -3, 1.5, -1.5, 0.5]
  const history = Array.from({ length: count }, (_, k) => point(k, before(1e5 * (1 + spread[k]! / 100))))
  return compareWithReference(current, reference(count > 0 ? { baseline: baseline(history), history } : {}), options)
}

const verdicts = ({ metrics }: Comparison): Record<string, string> =>
  Object.fromEntries(metrics.map(({ metric, verdict }) => [metric, verdict]))

describe('the first run', () => {
  test('has nothing to compare with and says so', () => {
    expect(compare(metricsAt(1e5), 0)).toEqual({
      verdict: 'INCOMPARABLE',
      metrics: [],
      against: 'nothing',
      runCv: null,
      notes: ['first run: nothing to compare with yet'],
    })
  })
})

describe('the second run', () => {
  test('finds a doubling', () => {
    const found = compare(metricsAt(2e5), 1)
    expect(found.verdict).toBe('REGRESSED')
    expect(found.runCv).toEqual({ value: 0.05, source: 'assumed' })
    expect(found.notes).toContain('run-to-run noise of 5 % is assumed; from 5 comparable runs on it is measured')
    expect(found.notes).toContain('the baseline is provisional: it stands on 1 of 5 runs')
  })

  test('finds a halving', () => {
    expect(verdicts(compare(metricsAt(0.5e5), 1))).toMatchObject({
      'latency.p50': 'IMPROVED',
      'latency.p99': 'IMPROVED',
    })
  })

  test('cannot tell 8 % and says how many runs would', () => {
    const found = compare(metricsAt(1.08e5), 1)
    expect(found.verdict).toBe('INCONCLUSIVE')
    const p50 = found.metrics.find(({ metric }) => metric === 'latency.p50')!
    expect(p50.change).toBeCloseTo(0.08, 10)
    expect(p50.changeInterval![0]).toBeLessThan(0)
    expect(p50.detectable).toBeGreaterThan(0.08)
    expect(p50.runsNeeded).toBeGreaterThanOrEqual(4)
  })
})

describe('after ten runs', () => {
  test('the noise is measured and finds a fifth', () => {
    const found = compare(metricsAt(1.2e5), 10)
    expect(found.verdict).toBe('REGRESSED')
    expect(found.runCv?.source).toBe('measured')
    expect(found.runCv?.value).toBeLessThan(0.04)
    expect(found.against).toBe('baseline "default" (10 runs)')
  })

  test('an interval that excludes the margin is OK, whatever is open elsewhere', () => {
    const found = compare(metricsAt(0.97e5), 10, { metrics: ['latency.p50', 'errorRate'] })
    expect(found.verdict).toBe('OK')
    expect(found.metrics[0]!.changeInterval![1]).toBeLessThan(0.05)
  })

  test('a difference below the margin never regresses, however sure it is', () => {
    const tight = (p50: number): RecordedMetrics => ({ 'latency.p50': recorded(p50, 0.0001) })
    const found = compareWithReference(tight(1.04e5), reference({ history: [point(0, tight(1e5))] }), {
      assumedRunCv: 0.0001,
      metrics: ['latency.p50'],
    })
    expect(found.verdict).toBe('OK')
    const more = compareWithReference(tight(1.06e5), reference({ history: [point(0, tight(1e5))] }), {
      assumedRunCv: 0.0001,
      metrics: ['latency.p50'],
    })
    expect(more.verdict).toBe('REGRESSED')
  })
})

describe('throughput', () => {
  const at = (value: number): RecordedMetrics => metricsAt(1e5, { qps: recorded(value) })

  test('is better when higher', () => {
    expect(verdicts(compare(at(20), 5)).qps).toBe('REGRESSED')
    expect(compare(at(20), 5).metrics.find(({ metric }) => metric === 'qps')!.change).toBeLessThan(-0.5)
    expect(verdicts(compare(at(100), 5)).qps).toBe('IMPROVED')
  })

  test('cannot improve where the load sets the rate, but can get worse', () => {
    expect(verdicts(compare(at(100), 5, { fixedRate: true })).qps).toBe('OK')
    expect(verdicts(compare(at(20), 5, { fixedRate: true })).qps).toBe('REGRESSED')
  })

  test('is tokens per second where there are tokens', () => {
    const withTokens = (p50: number): RecordedMetrics => metricsAt(p50, { outputTokensPerSecond: recorded(900) })
    expect(Object.keys(verdicts(compare(withTokens(1e5), 2, {}, withTokens)))).toEqual([
      'latency.p50',
      'latency.p99',
      'outputTokensPerSecond',
      'errorRate',
    ])
  })
})

describe('the error rate', () => {
  const failing = (share: number, n: number = 1000): RecordedMetrics =>
    metricsAt(1e5, { errorRate: { value: share, lower: 0, upper: 1, n } })
  const ofErrors = (
    current: RecordedMetrics,
    before: (p50: number) => RecordedMetrics = metricsAt,
  ): Comparison['metrics'][number] => compare(current, 5, { metrics: ['errorRate'] }, before).metrics[0]!

  test('is compared by difference, so that 0 is a value like any other', () => {
    expect(ofErrors(failing(0.03))).toMatchObject({
      verdict: 'REGRESSED',
      change: 0.03,
      reference: 0,
      runsNeeded: null,
    })
    expect(ofErrors(failing(0), () => failing(0.03))).toMatchObject({ verdict: 'IMPROVED', change: -0.03 })
  })

  test('without one error is OK even in a short run', () => {
    expect(ofErrors(failing(0, 60)).verdict).toBe('OK')
  })

  test('of a point less than the margin does not regress', () => {
    expect(ofErrors(failing(0.008)).verdict).not.toBe('REGRESSED')
  })

  test('that came in bursts before needs more than a burst to regress', () => {
    const bursts = (p50: number): RecordedMetrics => failing(p50 > 1.005e5 ? 0.04 : 0)
    expect(ofErrors(failing(0.04), bursts).verdict).toBe('INCONCLUSIVE')
    expect(ofErrors(failing(0.04), () => failing(0.016)).verdict).toBe('REGRESSED')
  })
})

describe('the tail', () => {
  test('is p90 where p99 has no interval, with a note', () => {
    const short = (p50: number): RecordedMetrics => metricsAt(p50, { 'latency.p99': recorded(p50 * 3, null, 100) })
    const found = compare(short(1e5), 2, {}, short)
    expect(Object.keys(verdicts(found))).toContain('latency.p90')
    expect(found.notes.join()).toContain('p90 stands in for it')
  })

  test('that has no finite value any more is no reason to pass', () => {
    const { 'latency.p50': _, ...rest } = metricsAt(1e5)
    const found = compare(rest, 5)
    expect(found.verdict).toBe('INCONCLUSIVE')
    expect(found.notes.join()).toContain('latency.p50 was not recorded in this run')
  })

  test('without an interval is inconclusive when it was asked for', () => {
    const short = (p50: number): RecordedMetrics => ({ 'latency.p99': recorded(p50 * 3, null, 100) })
    const found = compare(short(5e5), 2, { metrics: ['latency.p99'] }, short)
    expect(found.metrics[0]).toMatchObject({ verdict: 'INCONCLUSIVE', changeInterval: null })
    expect(found.notes).toContain('latency.p99: too few requests for an interval')
  })
})

describe('the verdict of all', () => {
  test('is REGRESSED when one metric is, though others improved', () => {
    expect(compare({ ...metricsAt(0.5e5), qps: recorded(10) }, 5).verdict).toBe('REGRESSED')
  })

  test('is IMPROVED only when nothing is open', () => {
    expect(compare(metricsAt(0.5e5), 5, { metrics: ['latency.p50', 'errorRate'] }).verdict).toBe('IMPROVED')
    expect(compare({ ...metricsAt(0.5e5), qps: recorded(46) }, 5, { metrics: ['latency.p50', 'qps'] }).verdict).toBe(
      'INCONCLUSIVE',
    )
  })
})
