import { describe, expect, test } from 'vitest'
import type { Slo } from '../../../src/domain/load-plan.ts'
import type { Observation, RequestFailure } from '../../../src/domain/observation.ts'
import { Recorder, type RecordedDelta } from '../../../src/generator/recorder.ts'
import type { SeriesDelta } from '../../../src/pool/protocol.ts'
import { TokenLedger } from '../../../src/generator/token-ledger.ts'
import { observation, streamed } from '../../support/observation.ts'

/** Warm-up until 1 s, window 0 until 3 s, window 1 until 5 s. */
const windowAt = (us: number): number => (us < 1e6 ? -1 : us < 3e6 ? 0 : us < 5e6 ? 1 : -1)
const timeout: RequestFailure = { kind: 'timeout', detail: 'headers', message: 'no response head' }

function recorderOf(slo: Slo | null = null, openLoad = true): Recorder {
  return new Recorder({ windowAt, openLoad, slo })
}

function ended(
  changes: Partial<Observation>,
  { slo = null as Slo | null, openLoad = true, gaps = [] as number[] } = {},
): RecordedDelta {
  const recorder = recorderOf(slo, openLoad)
  recorder.series('get', 'iteration').ended({ observation: observation(changes), gaps })
  return recorder.drain()
}

const values = (delta: RecordedDelta): Record<string, number> =>
  Object.fromEntries(
    Object.entries(delta.series[0]!.distributions).map(([id, distribution]) => [id, distribution!.sum]),
  )

describe('the metrics of one request', () => {
  test('count from the intended start on open load and end with the last delta', () => {
    expect(values(ended(streamed, { gaps: [10_000, 110_000] }))).toEqual({
      latency: 200_000,
      serviceTime: 190_000,
      queueWait: 9000,
      ttft: 80_000,
      ttftFromSent: 70_000,
      ttfo: 90_000,
      tpot: 20_000,
      interChunkLatency: 120_000,
      inputTokens: 11,
      outputTokens: 7,
      tokensPerSecond: Math.round(7e9 / 190_000),
    })
  })

  test('count TTFT from sent on user profiles', () => {
    expect(values(ended(streamed, { openLoad: false }))).toMatchObject({
      latency: 200_000,
      ttft: 70_000,
      ttftFromSent: 70_000,
      ttfo: 80_000,
    })
  })

  test('end with the response where nothing was streamed', () => {
    expect(
      values(ended({ scheduledAt: 1_000_000, dispatchedAt: 1_000_000, sentAt: 1_002_000, endedAt: 1_050_000 })),
    ).toEqual({
      latency: 50_000,
      serviceTime: 48_000,
      queueWait: 2000,
    })
  })

  test('have no TPOT when the first delta brought every token', () => {
    expect(values(ended({ ...streamed, outputTokens: 1 }))).not.toHaveProperty('tpot')
    expect(values(ended({ ...streamed, outputTokens: 7, firstDeltaTokens: 7 }))).not.toHaveProperty('tpot')
    expect(values(ended({ ...streamed, outputTokens: 7, firstDeltaTokens: 3 }))).toMatchObject({ tpot: 30_000 })
  })

  test('have neither TPOT nor gaps when the whole answer came at once', () => {
    const atOnce = { ...streamed, lastDeltaAt: 1_080_000 }
    expect(values(ended(atOnce, { gaps: [0, 0, 0, 0] }))).not.toHaveProperty('tpot')
    expect(values(ended(atOnce, { gaps: [0, 0, 0, 0] }))).not.toHaveProperty('interChunkLatency')
  })

  test('hold the stages that the server told', () => {
    expect(
      values(
        ended({
          stages: new Map([
            ['queue', 1200],
            ['decode', 5],
          ]),
        }),
      ),
    ).toMatchObject({ 'stage:queue': 1200, 'stage:decode': 5 })
  })

  test('keep a bounded number of stages apart, whatever names a server invents', () => {
    const recorder = new Recorder({ windowAt: () => 0, openLoad: true, slo: null })
    const series = recorder.series('get', 'iteration')
    for (let i = 0; i < 1000; i++) {
      const stages = new Map([
        ['queue', 7],
        [`request-${i}`, i],
      ])
      series.ended({ observation: observation({ scheduledAt: 0, endedAt: 100, stages }), gaps: [] })
      if (i === 500) recorder.drain()
    }
    const { distributions } = recorder.drain().series[0]!
    expect(Object.keys(distributions).filter((id) => id.startsWith('stage:')).length).toBeLessThanOrEqual(101)
    expect(distributions).toMatchObject({ 'stage:queue': { n: 499 }, 'stage:(other stages)': { n: 499 } })
  })

  test('of a failure are its own latency and nothing else', () => {
    const delta = ended({ ...streamed, failure: timeout }, { gaps: [10] })
    expect(values(delta)).toEqual({ failedLatency: 230_000 })
    expect(delta.series[0]!.outcomes).toEqual({
      attempted: 1,
      good: 0,
      failedByKind: { timeout: 1 },
      dropped: 0,
      missed: 0,
      withinSlo: null,
    })
    expect(delta.buckets[0]).toMatchObject({
      second: 1,
      window: 0,
      completed: 0,
      failed: 1,
      inputTokens: 0,
      latency: null,
    })
  })
})

describe('windows and seconds', () => {
  test('a latency belongs to the window of its schedule, the completion to that of its end', () => {
    const delta = ended({ scheduledAt: 2_900_000, endedAt: 3_100_000 })
    expect(delta.series).toMatchObject([{ window: 0, outcomes: { attempted: 1, good: 1 } }])
    expect(delta.buckets).toMatchObject([
      { second: 2, window: 0, attempted: 1, good: 1, completed: 0, latency: null },
      { second: 3, window: 1, attempted: 0, good: 0, completed: 1, latency: { n: 1, max: 200_000 } },
    ])
  })

  test("a request's fate is told of the second it was scheduled in, whenever it is known", () => {
    const recorder = recorderOf({ latencyUs: 500_000, ttftUs: null, tpotUs: null })
    const series = recorder.series('get', 'iteration')
    const end = (endedAt: number, failure: RequestFailure | null = null): boolean =>
      series.ended({ observation: observation({ scheduledAt: 1_200_000, endedAt, failure }), gaps: [] })
    end(1_300_000)
    recorder.drain()
    end(2_900_000)
    end(4_900_000, timeout)
    expect(recorder.drain().buckets.find(({ second }) => second === 1)).toMatchObject({
      attempted: 2,
      good: 1,
      withinSlo: 0,
      unsent: 0,
      completed: 0,
      failed: 0,
    })
  })

  test('a second that two windows share has two buckets', () => {
    const recorder = new Recorder({ windowAt: (us) => (us < 1_500_000 ? 0 : 1), openLoad: true, slo: null })
    const series = recorder.series('get', 'iteration')
    for (const atUs of [1_400_000, 1_600_000, 1_499_999, 2_000_000]) series.sent(atUs)
    expect(recorder.drain().buckets.map(({ second, window, sent }) => [second, window, sent])).toEqual([
      [1, 0, 2],
      [1, 1, 1],
      [2, 1, 1],
    ])
  })

  test('everything is told once, and what is without news is not told', () => {
    const recorder = recorderOf()
    const series = recorder.series('get', 'iteration')
    series.lag(1_000_000, 3)
    series.bytes(1_000_000, 10)
    series.unsent(1_000_000, 'missed')
    series.unsent(3_000_000, 'dropped')
    const { series: told, buckets } = recorder.drain()
    expect(
      told.map(({ window, outcomes }: SeriesDelta) => [window, outcomes.attempted, outcomes.missed, outcomes.dropped]),
    ).toEqual([
      [0, 1, 1, 0],
      [1, 1, 0, 1],
    ])
    expect(told[0]!.distributions.pacerLag).toMatchObject({ n: 1, sum: 3 })
    expect(buckets).toMatchObject([
      { second: 1, window: 0, bytesReceived: 10, attempted: 1, unsent: 1 },
      { second: 3, window: 1, bytesReceived: 0, attempted: 1, unsent: 1 },
    ])
    expect(recorder.drain()).toEqual({ series: [], buckets: [], errors: [], paced: [], checks: [] })
  })

  test('checks are counted by name in the window of their iteration, the first 200 names apart', () => {
    const recorder = new Recorder({ windowAt: (us) => (us < 1_500_000 ? 0 : 1), openLoad: true, slo: null })
    recorder.check('ok', 1_000_000, true)
    recorder.check('ok', 1_000_000, false)
    recorder.check('ok', 3_000_000, true)
    expect(recorder.drain().checks).toEqual([
      { window: 0, name: 'ok', passed: 1, failed: 1 },
      { window: 1, name: 'ok', passed: 1, failed: 0 },
    ])
    for (let i = 0; i < 300; i++) recorder.check(`check ${i}`, 1_000_000, true)
    const { checks } = recorder.drain()
    expect(checks.find(({ name }) => name === '(other names)')).toMatchObject({ passed: 102 })
    expect(checks).toHaveLength(199)
  })

  test('paced arrivals are counted where they were scheduled, on time or not', () => {
    const recorder = recorderOf()
    recorder.paced(500_000, true)
    recorder.paced(1_500_000, true)
    recorder.paced(1_600_000, false)
    expect(recorder.drain().paced).toEqual([
      { window: -1, scheduled: 1, dispatched: 1 },
      { window: 0, scheduled: 2, dispatched: 1 },
    ])
  })
})

describe('goodput', () => {
  const limits = (changes: Partial<Slo>): Slo => ({ latencyUs: null, ttftUs: null, tpotUs: null, ...changes })
  const within = (slo: Partial<Slo>, changes: Partial<Observation> = streamed): unknown => {
    const delta = ended(changes, { slo: limits(slo) })
    expect(delta.buckets[0]!.completedWithinSlo).toBe(delta.series[0]!.outcomes.withinSlo)
    return delta.series[0]!.outcomes.withinSlo
  }

  test('needs every limit to be met', () => {
    expect(within({ latencyUs: 200_001, ttftUs: 80_001, tpotUs: 20_001 })).toBe(1)
    expect(within({ latencyUs: 200_000, ttftUs: 80_001, tpotUs: 20_001 })).toBe(0)
    expect(within({ latencyUs: 200_001, ttftUs: 80_000, tpotUs: 20_001 })).toBe(0)
    expect(within({ latencyUs: 200_001, ttftUs: 80_001, tpotUs: 20_000 })).toBe(0)
  })

  test('is not met by what was not measured', () => {
    expect(within({ ttftUs: 1e9 }, {})).toBe(0)
    expect(within({ tpotUs: 1e9 }, {})).toBe(0)
  })

  test('meets a TPOT limit with an answer of one token', () => {
    expect(within({ tpotUs: 1 }, { ...streamed, outputTokens: 1 })).toBe(1)
    expect(within({ tpotUs: 1 }, { ...streamed, outputTokens: 7, firstDeltaTokens: 7 })).toBe(1)
    // All at once: how long the later tokens took was not measured.
    expect(within({ tpotUs: 1e9 }, { ...streamed, lastDeltaAt: 1_080_000 })).toBe(0)
  })

  test('is told to whom the tokens belong', () => {
    const series = recorderOf(limits({ latencyUs: 200_001 })).series('get', 'iteration')
    const fate = (changes: Partial<Observation>): boolean =>
      series.ended({ observation: observation({ ...streamed, ...changes }), gaps: [] })
    expect([fate({}), fate({ lastDeltaAt: 1_200_001 }), fate({ failure: timeout })]).toEqual([true, false, false])
  })

  test('is never met by a failure', () => {
    expect(within({ latencyUs: 1e9 }, { ...streamed, failure: timeout })).toBe(0)
  })
})

describe('tokens', () => {
  const tokensOf = (recorder: Recorder): Record<string, number> =>
    Object.fromEntries(
      recorder.drain().buckets.map(({ second, window, outputTokens }) => [`${second}/${window}`, outputTokens]),
    )

  test('count when they arrive and are corrected over the same seconds at the end', () => {
    const recorder = recorderOf()
    const ledger = new TokenLedger([recorder.series('chat', 'iteration')], windowAt)
    for (const atUs of [900_000, 1_100_000, 1_200_000, 2_100_000]) ledger.delta(atUs)
    expect(tokensOf(recorder)).toEqual({ '0/-1': 1, '1/0': 2, '2/0': 1 })
    ledger.settle(10, 2_200_000)
    // 2.5 tokens per delta, rounded so that whole tokens add up.
    expect(tokensOf(recorder)).toEqual({ '0/-1': 2, '1/0': 3, '2/0': 1 })
  })

  test('of a failed request are taken back where they were counted', () => {
    const recorder = recorderOf()
    const ledger = new TokenLedger([recorder.series('chat', 'iteration')], windowAt)
    for (const atUs of [1_100_000, 2_100_000, 2_200_000]) ledger.delta(atUs)
    recorder.drain()
    ledger.settleWith(observation({ failure: timeout, outputTokens: 3 }))
    expect(tokensOf(recorder)).toEqual({ '1/0': -1, '2/0': -2 })
  })

  test('of an answer that was not streamed count at its end', () => {
    const recorder = recorderOf()
    new TokenLedger([recorder.series('chat', 'iteration')], windowAt).settleWith(
      observation({ endedAt: 1_700_000, outputTokens: 42 }),
    )
    expect(tokensOf(recorder)).toEqual({ '1/0': 42 })
  })

  test('that nobody counted are none', () => {
    const recorder = recorderOf()
    const ledger = new TokenLedger([recorder.series('chat', 'iteration')], windowAt)
    ledger.delta(1_100_000)
    ledger.settle(null, 1_200_000)
    expect(tokensOf(recorder)).toEqual({ '1/0': 0 })
  })

  test('of a request that met the SLO count as such in the seconds of their arrival, no others', () => {
    const recorder = recorderOf()
    const [first, second] = [1, 2].map(() => new TokenLedger([recorder.series('chat', 'iteration')], windowAt))
    for (const atUs of [900_000, 1_100_000, 2_100_000]) first!.delta(atUs)
    second!.delta(1_200_000)
    first!.settle(6, 2_200_000)
    second!.settle(3, 1_300_000)
    first!.metSlo()
    expect(
      recorder
        .drain()
        .buckets.map(({ second, window, outputTokens: all, outputTokensWithinSlo: good }) => [
          `${second}/${window}`,
          all,
          good,
        ]),
    ).toEqual([
      ['0/-1', 2, 2],
      ['1/0', 5, 2],
      ['2/0', 2, 2],
    ])
  })

  test('of a good request in a failed iteration stay with the request', () => {
    const recorder = recorderOf()
    const request = recorder.series('chat', 'request')
    const iteration = recorder.series('flow', 'iteration')
    const ledger = new TokenLedger([request, iteration], windowAt)
    ledger.delta(1_100_000)
    ledger.settle(4, 1_200_000)
    ledger.takeBack([iteration])
    expect(recorder.drain().buckets.map(({ request: name, outputTokens }) => [name, outputTokens])).toEqual([
      ['chat', 4],
      ['flow', 0],
    ])
  })
})

describe('failures', () => {
  test('of one kind are counted together with the first message', () => {
    const recorder = recorderOf()
    recorder.error('get', timeout)
    recorder.error('get', { ...timeout, message: 'another text' })
    expect(recorder.drain().errors).toEqual([{ request: 'get', ...timeout, count: 2 }])
    recorder.error('get', timeout)
    expect(recorder.drain().errors).toEqual([{ request: 'get', ...timeout, count: 1 }])
  })

  test('of many kinds stay bounded and none is lost', () => {
    const recorder = recorderOf()
    for (let i = 0; i < 500; i++) recorder.error('get', { kind: 'http', detail: String(i), message: 'x'.repeat(1000) })
    const { errors } = recorder.drain()
    expect(errors.length).toBeLessThanOrEqual(26)
    expect(errors.reduce((sum, { count }) => sum + count, 0)).toBe(500)
    expect(Math.max(...errors.map(({ message }) => message.length))).toBe(300)
  })
})

test('names that a scenario makes up stay bounded and no request is lost', () => {
  const recorder = recorderOf()
  for (let i = 0; i < 1000; i++) recorder.series(`item ${i}`, 'request').ended({ observation: observation(), gaps: [] })
  const { series } = recorder.drain()
  expect(series.length).toBeLessThanOrEqual(201)
  expect(series.reduce((sum, { outcomes }) => sum + outcomes.attempted, 0)).toBe(1000)
})
