import { describe, expect, test } from 'vitest'
import { MATCHERS } from '../../../src/matchers/register.ts'
import { measured, series, spread } from '../../support/measurement-builder.ts'

const streamed = (parts: Parameters<typeof series>[0] = {}) =>
  series({
    ...parts,
    distributions: {
      ttft: spread(600, 20_000, 60_000),
      tpot: spread(600, 9_000, 11_000),
      interChunkLatency: spread(6_000, 8_000, 14_000),
      ...parts.distributions,
    },
  })

test('the streaming matchers judge p95 unless told otherwise', () => {
  const { run, records } = measured({ series: streamed() })
  expect(run).toHaveTtftBelow('59ms')
  expect(run).toHaveTtftBelow('42ms', { percentile: 50 })
  expect(run).toHaveTpotBelow('11ms')
  expect(run).toHaveInterChunkLatencyBelow('14.1ms')
  expect(records.map(({ claim, measured: value, verdict }) => [claim, value, verdict])).toEqual([
    ['p95 TTFT below 59 ms', '58 ms [57.3 ms, 58.7 ms], n = 600', 'pass'],
    ['p50 TTFT below 42 ms', '40 ms [38.4 ms, 41.6 ms], n = 600', 'pass'],
    ['p95 TPOT below 11 ms/token', '10.9 ms/token [10.9 ms, 10.9 ms], n = 600', 'pass'],
    ['p95 inter-chunk latency below 14.1 ms', '13.7 ms [13.6 ms, 13.8 ms], n = 600 requests (6,000 gaps)', 'pass'],
  ])
})

test('they fail over the limit', () => {
  const { run } = measured({ series: streamed() })
  expect(() => expect(run).toHaveTtftBelow('50ms')).toThrow('expected p95 TTFT below 50 ms')
  expect(() => expect(run).toHaveTpotBelow('10ms')).toThrow('expected p95 TPOT below 10 ms/token')
  expect(() => expect(run).toHaveInterChunkLatencyBelow('10ms')).toThrow('expected p95 inter-chunk latency below 10 ms')
})

describe('what was not streamed', () => {
  test.each(['toHaveTtftBelow', 'toHaveTpotBelow', 'toHaveInterChunkLatencyBelow'])(
    'cannot be judged by %s, nor by its negation',
    (name) => {
      const { run, records } = measured()
      expect(() => MATCHERS[name]!.call({ isNot: false }, run, '1s')).toThrow(
        /^cannot judge: p95 .* below 1 s.*: no .* was measured/,
      )
      expect(() => MATCHERS[name]!.call({ isNot: true }, run, '1s')).toThrow(/^cannot judge/)
      expect(records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
    },
  )

  test('cannot be judged either when every request failed', () => {
    const { run } = measured({ series: series({ latencies: [], outcomes: { failedByKind: { http: 40 } } }) })
    expect(() => expect(run).toHaveTtftBelow('1s')).toThrow('no request had a good answer')
    expect(() => expect(run).not.toHaveTtftBelow('1s')).toThrow('cannot judge')
  })
})

test('failures rank as infinitely slow first tokens', () => {
  const { run } = measured({ series: streamed({ outcomes: { failedByKind: { timeout: 40 } } }) })
  expect(() => expect(run).toHaveTtftBelow('1h')).toThrow('measured: ∞')
})

test('a failed request weighs as many gaps as a good one has', () => {
  // 40 of 640 requests are 6 % of the requests, but 0.7 % of requests and gaps counted alike.
  const { run } = measured({ series: streamed({ outcomes: { failedByKind: { timeout: 40 } } }) })
  expect(() => expect(run).toHaveInterChunkLatencyBelow('1h')).toThrow('measured: ∞')
})

test('many gaps of few requests are not many observations', () => {
  const { run, records } = measured({
    series: series({
      latencies: spread(20, 10_000, 20_000),
      distributions: { interChunkLatency: spread(2_000, 8_000, 14_000) },
    }),
  })
  expect(run).toHaveInterChunkLatencyBelow('1s')
  expect(records[0]).toMatchObject({
    verdict: 'weak',
    notes: ['n = 20 is too small for p95: its 95 % upper bound exists from n = 59 on'],
  })
})

test('nor are many values of a stage of few requests', () => {
  const { run, records } = measured({
    series: series({
      latencies: spread(20, 10_000, 20_000),
      distributions: { 'stage:roundTrip': spread(2_000, 8_000, 14_000) },
    }),
  })
  expect(run.stage('roundTrip')).toHaveP95Below('1s')
  expect(records[0]).toMatchObject({
    verdict: 'weak',
    measured: expect.stringContaining('n = 20 requests (2,000 values)') as string,
    notes: ['n = 20 is too small for p95: its 95 % upper bound exists from n = 59 on'],
  })
})

test('good answers without the metric are left out and counted', () => {
  const { run, records } = measured({ series: series({ distributions: { tpot: spread(500, 9_000, 11_000) } }) })
  expect(run).toHaveTpotBelow('12ms')
  expect(records[0]!.measured).toContain('n = 500, 100 good answers without it left out')
})
