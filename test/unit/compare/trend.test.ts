import { describe, expect, test } from 'vitest'
import { referenceRuns } from '../../../src/compare/reference-runs.ts'
import { trendOf } from '../../../src/compare/trend.ts'
import { metricsAt, point, recorded, reference } from './builders.ts'

const at = (k: number, seconds: number, overrides: Parameters<typeof point>[2] = {}) =>
  point(k, metricsAt(seconds * 1e6), overrides)

test('the way from 24 s to 8.3 s in changes and speed-ups', () => {
  const current = at(3, 8.3)
  const { points, incomparable } = trendOf(
    reference({ history: [at(0, 24, { commit: '0123456789' }), at(1, 17), at(2, 12)] }),
    current,
    'latency.p50',
  )
  expect(points.map(({ label, current: now }) => [label, now])).toEqual([
    ['0123456', false],
    ['2026-01-01 00:01', false],
    ['2026-01-01 00:02', false],
    ['this run', true],
  ])
  expect(points.map(({ change }) => change && Number((change * 100).toFixed(1)))).toEqual([null, -29.2, -29.4, -30.8])
  expect(Number((points[3]!.cumulative! * 100).toFixed(1))).toBe(-65.4)
  expect(points.map(({ speedup }) => speedup && Number(speedup.toFixed(2)))).toEqual([null, 1.41, 2, 2.89])
  expect(incomparable).toBe(0)
})

test('a rate that rose is a speed-up too', () => {
  const rate = (k: number, value: number) => point(k, metricsAt(1e5, { qps: recorded(value) }))
  expect(trendOf(reference({ history: [rate(0, 10)] }), rate(1, 25), 'qps').points[1]).toMatchObject({
    change: 1.5,
    speedup: 2.5,
  })
})

test('failed runs are on it; invalid, aborted and foreign ones are not, and the foreign ones are counted', () => {
  const history = [
    at(0, 1, { status: 'failed' }),
    at(1, 2, { status: 'invalid' }),
    at(2, 3, { status: 'aborted' }),
    at(3, 4, { hardHash: 'there' }),
  ]
  const { points, incomparable } = trendOf(reference({ history }), at(4, 5), 'latency.p50')
  expect(points.map(({ value }) => value / 1e6)).toEqual([1, 5])
  expect(incomparable).toBe(1)
})

test('a change from 0 is unknown, not infinite', () => {
  const errors = (k: number, value: number) => point(k, metricsAt(1e5, { errorRate: recorded(value) }))
  expect(trendOf(reference({ history: [errors(0, 0)] }), errors(1, 0.1), 'errorRate').points[1]).toMatchObject({
    change: null,
    cumulative: null,
    speedup: null,
  })
})

test('runs without the metric are left out', () => {
  expect(trendOf(reference({ history: [at(0, 1)] }), at(1, 2), 'ttft.p50').points).toEqual([])
})

describe('levels', () => {
  const wobble = (k: number): number => 1 + 0.01 * Math.sin(k * 2.4)
  const along = (values: readonly number[], metric: 'latency.p50' | 'qps' = 'latency.p50') => {
    const points = values.map((value, k) =>
      point(k, metricsAt(metric === 'qps' ? 1e5 : value, metric === 'qps' ? { qps: recorded(value) } : {}), {
        commit: `c${k}`.padEnd(8, '0'),
      }),
    )
    return trendOf(reference({ history: points.slice(0, -1) }), points.at(-1)!, metric)
  }
  const step = Array.from({ length: 20 }, (_, k) => wobble(k) * (k < 12 ? 100 : 130))

  test('a change of level is told with the commit that brought it', () => {
    expect(along(step).changes).toEqual([
      {
        index: 12,
        label: 'c120000',
        better: false,
        before: expect.closeTo(100, 0),
        after: expect.closeTo(130, 0),
        change: expect.closeTo(0.3, 2),
      },
    ])
    expect(along(step, 'qps').changes).toMatchObject([{ index: 12, better: true }])
  })

  test('what creeps is told against the first runs of the level, and a level that stands does not creep', () => {
    const { creep, changes } = along(Array.from({ length: 24 }, (_, k) => 100 * wobble(k) * 1.0025 ** k))
    expect([changes, creep]).toEqual([[], expect.closeTo(0.042, 2)])
    expect(along(Array.from({ length: 24 }, (_, k) => 100 * wobble(k))).creep).toBeNull()
    expect(along(step).creep).toBeNull()
  })

  test('shares that are 0 have no levels', () => {
    const errors = (k: number): ReturnType<typeof point> => point(k, metricsAt(1e5, { errorRate: recorded(0) }))
    const history = Array.from({ length: 20 }, (_, k) => errors(k))
    expect(trendOf(reference({ history }), errors(20), 'errorRate')).toMatchObject({ changes: [], creep: null })
  })
})

test('runs of one clean commit are one version with its noise; dirty and unknown ones stand alone', () => {
  const of = (k: number, seconds: number, commit: string | null, dirty: boolean) => at(k, seconds, { commit, dirty })
  const history = [of(0, 24, 'aaa', false), of(1, 24.4, 'aaa', false), of(2, 20, 'aaa', true), of(3, 12, null, false)]
  const { points, speedupInterval } = trendOf(reference({ history }), at(4, 12), 'latency.p50')
  expect(points.map(({ label, runs }) => [label, runs])).toEqual([
    ['aaa', 2],
    ['aaa*', 1],
    ['2026-01-01 00:03', 1],
    ['this run', 1],
  ])
  expect(points[0]!.value / 1e6).toBeCloseTo(24.2, 2)
  expect(points[0]!.cv).toBeCloseTo(0.0117, 3)
  expect(speedupInterval).toBeNull()
})

test('imported runs are on the trend and never a reference', () => {
  const history = [at(0, 24, { origin: 'imported', label: 'v1' })]
  expect(trendOf(reference({ history }), at(1, 8), 'latency.p50').points[0]).toMatchObject({
    label: 'v1',
    origin: 'imported',
  })
  expect(referenceRuns(reference({ history }))).toBeNull()
})
