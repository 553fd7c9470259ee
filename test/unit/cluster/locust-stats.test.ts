import { describe, expect, it } from 'vitest'
import { LocustStats } from '../../../src/cluster/locust-stats.ts'
import { NO_EVENTS, NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { GeneratorDelta, SeriesDelta } from '../../../src/pool/protocol.ts'
import { distributionOf } from '../../support/measurement-builder.ts'

const START_MS = 1_700_000_000_400

function delta(parts: Partial<GeneratorDelta>): GeneratorDelta {
  return {
    kind: 'delta', index: 0, seq: 0, atUs: 1e6, final: false, series: [], buckets: [], usersActive: 0, queued: 0,
    inFlight: 0, cpuShare: 0, loopDelay: null, rssBytes: 0, clockOffsetUs: 0, errors: [], paced: [], checks: [],
    firstGoodLatencyUs: null, windows: [], ...parts,
  } // prettier-ignore
}

const series = (parts: Partial<SeriesDelta>): SeriesDelta => ({
  window: 0,
  request: 'chat',
  level: 'iteration',
  outcomes: NO_OUTCOMES,
  distributions: {},
  tokenSources: [],
  ...parts,
})

const bucket = (second: number, completed: number, failed: number) => ({
  ...NO_EVENTS, second, window: 0, request: 'chat', level: 'iteration' as const, completed, failed, bytesReceived: 10,
  attempted: 0, good: 0, withinSlo: 0, unsent: 0, latency: null,
}) // prettier-ignore

describe("what Locust's page shows", () => {
  it('has counts, times in milliseconds and buckets of two digits, and seconds of the wall clock', () => {
    const stats = new LocustStats(() => START_MS)
    stats.add(
      delta({
        series: [
          series({
            outcomes: { ...NO_OUTCOMES, attempted: 4, good: 3, failedByKind: { timeout: 1 } },
            distributions: {
              latency: distributionOf([7400, 146_000, 3_432_000]),
              failedLatency: distributionOf([10_000_000]),
            },
          }),
        ],
        buckets: [bucket(0, 2, 0), bucket(3, 1, 1)],
        errors: [{ request: 'chat', kind: 'timeout', detail: 'total', message: 'secret?', count: 1 }],
      }),
      START_MS,
    )
    const { stats: rows, stats_total: total, errors } = stats.drain()
    expect(rows).toEqual([{ ...total, name: 'chat', method: 'LOAD' }])
    expect(total).toMatchObject({
      num_requests: 4,
      num_failures: 1,
      num_none_requests: 0,
      total_content_length: 20,
      last_request_timestamp: 1_700_000_003,
    })
    expect(total.min_response_time).toBeCloseTo(7.4)
    expect(total.max_response_time).toBeCloseTo(10_000)
    expect([...total.response_times].map(([ms, count]) => [ms, count])).toEqual([[7, 1], [150, 1], [3400, 1], [10_000, 1]]) // prettier-ignore
    expect([...total.num_reqs_per_sec]).toEqual([[1_700_000_000, 2], [1_700_000_003, 2]]) // prettier-ignore
    expect([...total.num_fail_per_sec]).toEqual([[1_700_000_003, 1]])
    expect(Object.values(errors)).toEqual([{ name: 'chat', method: 'LOAD', error: 'timeout total', occurrences: 1 }])
  })

  it('is new each time', () => {
    const stats = new LocustStats(() => START_MS)
    stats.add(delta({ series: [series({ outcomes: { ...NO_OUTCOMES, attempted: 1, good: 1 } })] }), START_MS)
    expect(stats.drain().stats_total.num_requests).toBe(1)
    expect(stats.drain()).toMatchObject({ stats: [], errors: {}, stats_total: { num_requests: 0 } })
  })

  it('counts whole runs in the total, and the requests inside in rows of their own', () => {
    const stats = new LocustStats(() => START_MS)
    const outcomes = { ...NO_OUTCOMES, attempted: 1, good: 1 }
    stats.add(
      delta({ series: [series({ outcomes }), series({ request: 'login', level: 'request', outcomes })] }),
      START_MS,
    )
    const { stats: rows, stats_total: total } = stats.drain()
    expect(rows.map(({ name, method }) => `${method} ${name}`)).toEqual(['LOAD chat', 'request login'])
    expect(total.num_requests).toBe(1)
  })

  it('shows what was never sent as failures without a time, and why', () => {
    const stats = new LocustStats(() => START_MS)
    stats.add(
      delta({ series: [series({ outcomes: { ...NO_OUTCOMES, attempted: 5, dropped: 2, missed: 3 } })] }),
      START_MS,
    )
    const { stats_total: total, errors } = stats.drain()
    expect(total).toMatchObject({ num_requests: 5, num_none_requests: 5, num_failures: 5, min_response_time: null })
    expect(Object.values(errors).map(({ error, occurrences }) => [error.split(':')[0], occurrences])).toEqual([
      ['dropped', 2],
      ['missed', 3],
    ])
  })
})
