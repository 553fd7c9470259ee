import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoadLeg } from '../../../src/domain/load-leg.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { type MeasurementData, NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { ResourceSample } from '../../../src/domain/resource.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import type { GeneratorDelta } from '../../../src/pool/protocol.ts'
import { arrivals, bucket, delta, distributionOf, plan, series, users } from './builders.ts'

const END = {
  runId: 'run',
  specId: { file: 'a.perf.ts', path: ['t'], label: '' },
  startedAt: '2026-01-01T00:00:00.000Z',
  totalUs: 12e6,
  aborted: null,
}
const WINDOW = { window: 0, startUs: 2e6, endUs: 12e6 }

function measure(deltas: readonly GeneratorDelta[], of: LoadPlan = plan()): MeasurementData {
  const aggregator = new Aggregator(of)
  deltas.forEach((one) => aggregator.add(one))
  return aggregator.finish(END)
}

/** One observed request: which generator saw it, when it ended, how long it took, how it went. */
interface Seen {
  readonly generator: number
  readonly second: number
  readonly latencyUs: number
  readonly good: boolean
}

/** What `count` generators would report of these requests, cut into deltas each second. */
function reports(seen: readonly Seen[], count: number): GeneratorDelta[] {
  const deltas: GeneratorDelta[] = []
  for (let second = 0; second <= 12; second++) {
    for (let index = 0; index < count; index++) {
      const mine = seen.filter((one) => one.second === second && one.generator % count === index)
      const windowOf = (one: Seen): number => (one.second >= 2 && one.second < 12 ? 0 : -1)
      deltas.push(
        delta(second, {
          index,
          final: second === 12,
          windows: [WINDOW],
          series: [-1, 0].flatMap((window) => {
            const part = mine.filter((one) => windowOf(one) === window)
            const good = part.filter((one) => one.good)
            const failed = part.length - good.length
            return part.length === 0
              ? []
              : [
                  series({
                    window,
                    outcomes: {
                      ...NO_OUTCOMES,
                      attempted: part.length,
                      good: good.length,
                      failedByKind: failed > 0 ? { timeout: failed } : {},
                    },
                    distributions: { latency: distributionOf(good.map(({ latencyUs }) => latencyUs)) },
                  }),
                ]
          }),
          buckets: mine.map((one) =>
            bucket(second, {
              window: windowOf(one),
              sent: 1,
              completed: one.good ? 1 : 0,
              failed: one.good ? 0 : 1,
              latency: one.good ? distributionOf([one.latencyUs]) : null,
            }),
          ),
          errors: mine
            .filter((one) => !one.good)
            .map(() => ({ request: 'shop', kind: 'timeout', detail: 'total', message: 'late', count: 1 })),
          paced: mine.map((one) => ({ window: windowOf(one), scheduled: 1, dispatched: 1 })),
        }),
      )
    }
  }
  return deltas
}

const SEEN = fc.array(
  fc.record({
    generator: fc.integer({ min: 0, max: 5 }),
    second: fc.integer({ min: 0, max: 12 }),
    latencyUs: fc.integer({ min: 1, max: 100_000 }),
    good: fc.boolean(),
  }),
  { maxLength: 60 },
)

describe('merging', () => {
  test('how the requests are dealt to generators changes nothing but the health', () => {
    fc.assert(
      fc.property(SEEN, fc.integer({ min: 2, max: 4 }), (seen, count) => {
        const parts = measure(reports(seen, count), plan(arrivals(50), { generators: count }))
        const whole = measure(reports(seen, 1))
        expect({
          ...parts,
          plan: null,
          health: null,
          validity: parts.validity.state,
          steps: parts.steps.map((step) => step.series),
        }).toEqual({
          ...whole,
          plan: null,
          health: null,
          validity: whole.validity.state,
          steps: whole.steps.map((step) => step.series),
        })
      }),
      { numRuns: 60 },
    )
  })

  test('every request is counted once, in the window or in the warm-up', () => {
    fc.assert(
      fc.property(SEEN, (seen) => {
        const { series: total, warmup, buckets } = measure(reports(seen, 3), plan(arrivals(50), { generators: 3 }))
        expect(total.outcomes.attempted + warmup.attempted).toBe(seen.length)
        expect(total.distributions.latency?.n ?? 0).toBe(total.outcomes.good)
        expect(buckets.reduce((sum, { completed }) => sum + completed, 0)).toBe(seen.filter(({ good }) => good).length)
      }),
      { numRuns: 60 },
    )
  })

  test('failures of one kind and detail are one sample, the most frequent first', () => {
    const sample = (detail: string, count: number) => ({
      request: 'shop',
      kind: 'http' as const,
      detail,
      message: detail,
      count,
    })
    const { errors } = measure([
      delta(0, { errors: [sample('503', 2), sample('404', 3)] }),
      delta(1, { errors: [sample('503', 2)], final: true }),
    ])
    expect(errors.map(({ detail, count }) => [detail, count])).toEqual([
      ['503', 4],
      ['404', 3],
    ])
  })

  test('steps keep their own numbers and their windows add up', () => {
    const { steps, series: total } = measure(
      [
        delta(0, {
          final: true,
          windows: [
            { window: 0, startUs: 0, endUs: 10e6 },
            { window: 1, startUs: 12e6, endUs: 22e6 },
          ],
          series: [0, 1].map((window) =>
            series({ window, outcomes: { ...NO_OUTCOMES, attempted: 10 + window, good: 10 + window } }),
          ),
          buckets: [bucket(3, { window: 0, completed: 10 }), bucket(13, { window: 1, completed: 11 })],
        }),
      ],
      plan(arrivals(1, 2)),
    )
    expect(
      steps.map((step) => [
        step.ratePerSecond,
        step.startUs,
        step.endUs,
        step.series.outcomes.good,
        step.series.events.completed,
      ]),
    ).toEqual([
      [1, 0, 10e6, 10, 10],
      [2, 12e6, 22e6, 11, 11],
    ])
    expect([total.windowUs, total.outcomes.good, total.events.completed]).toEqual([20e6, 21, 21])
  })

  test('requests of a scenario module are kept by name, apart from the iterations', () => {
    const part = (request: string, good: number) =>
      series({ request, level: 'request', outcomes: { ...NO_OUTCOMES, attempted: good, good } })
    const { requests, series: total } = measure([
      delta(0, {
        final: true,
        windows: [WINDOW],
        series: [part('login', 5), part('buy', 4), series({ outcomes: { ...NO_OUTCOMES, attempted: 4, good: 4 } })],
        buckets: [bucket(3, { request: 'login', level: 'request', completed: 5 }), bucket(3, { completed: 4 })],
      }),
    ])
    expect(Object.entries(requests).map(([name, of]) => [name, of.outcomes.good, of.events.completed])).toEqual([
      ['buy', 4, 0],
      ['login', 5, 5],
    ])
    expect([total.outcomes.good, total.events.completed]).toEqual([4, 4])
  })

  test('a request-shaped scenario has no series by name, a module with one named request has one', () => {
    expect(measure([delta(0, { final: true, series: [series()] })]).requests).toEqual({})
    expect(
      Object.keys(
        measure([delta(0, { final: true, series: [series({ level: 'request', request: 'login' })] })]).requests,
      ),
    ).toEqual(['login'])
  })

  test.each([
    [[], null],
    [['usage'], 'usage'],
    [['usage', 'estimated'], 'mixed'],
  ] as const)('token sources %j are %s', (sources, expected) => {
    expect(measure([delta(0, { final: true, series: [series({ tokenSources: sources })] })]).tokenSource).toBe(expected)
  })

  test('the first latency is that of the generator that had a good answer first', () => {
    const { firstLatencyUs } = measure(
      [
        delta(0, { index: 1, atUs: 1_100_000, firstGoodLatencyUs: 700 }),
        delta(0, { index: 0, atUs: 1_000_000 }),
        delta(1, { index: 0, firstGoodLatencyUs: 300, final: true }),
        delta(1, { index: 1, firstGoodLatencyUs: 100, final: true }),
      ],
      plan(arrivals(50), { generators: 2 }),
    )
    expect(firstLatencyUs).toBe(700)
  })
})

describe('seconds', () => {
  test('have percentiles over all generators, a phase, and the users and queue of all', () => {
    const deltas = [0, 1].flatMap((index) =>
      [0, 1, 2, 3].map((seq) =>
        delta(seq, {
          index,
          final: seq === 3,
          usersActive: 3 + index,
          queued: seq,
          windows: [{ window: 0, startUs: 1e6, endUs: 3e6 }],
          buckets: [
            bucket(seq, {
              completed: 2,
              attempted: 3,
              good: 2,
              unsent: 1,
              latency: distributionOf([100 * (index + 1), 1000]),
            }),
          ],
        }),
      ),
    )
    const { buckets } = measure(deltas, plan(arrivals(50), { generators: 2 }))
    expect(buckets.map(({ phase }) => phase)).toEqual(['warmup', 'measure', 'measure', 'cooldown'])
    expect(buckets[2]).toEqual({
      second: 2,
      phase: 'measure',
      sent: 0,
      completed: 4,
      failed: 0,
      outputTokens: 0,
      bytesReceived: 0,
      latencyP50Us: 200,
      latencyP99Us: 1000,
      usersActive: 7,
      queued: 4,
      attempted: 6,
      good: 4,
      withinSlo: null,
      unsent: 2,
    })
  })

  test('take late corrections of counts but no latency once they have settled', () => {
    const aggregator = new Aggregator(plan())
    const latency = distributionOf([500])
    for (let seq = 0; seq < 12; seq++)
      aggregator.add(delta(seq, { buckets: [bucket(seq, { completed: 1, outputTokens: 10, latency })] }))
    aggregator.add(
      delta(12, {
        final: true,
        buckets: [
          bucket(2, { outputTokens: -4, latency: distributionOf([9000, 9000, 9000]) }),
          bucket(11, { latency: distributionOf([9000, 9000]) }),
        ],
      }),
    )
    const { buckets } = aggregator.finish(END)
    expect([buckets[2]!.outputTokens, buckets[2]!.latencyP50Us]).toEqual([6, 500])
    expect(buckets[11]!.latencyP50Us).toBe(9000)
  })

  test('are counted where a generator was silent for a while', () => {
    const { buckets } = measure([
      delta(0, { usersActive: 2 }),
      delta(1, { atUs: 4_200_000, usersActive: 5, final: true }),
    ])
    expect(buckets.map(({ usersActive }) => usersActive)).toEqual([2, 5, 5, 5, 5])
  })
})

describe('health', () => {
  test('is that of the windows: mean CPU by time, p99 of all loop delays, largest memory', () => {
    const windows = [{ window: 0, startUs: 1e6, endUs: 4e6 }]
    const { health } = measure([
      delta(0, { cpuShare: 1, loopDelay: distributionOf([90_000]), rssBytes: 9e8, windows }),
      delta(1, { cpuShare: 0.2, loopDelay: distributionOf([...Array(99).fill(500), 2000]), rssBytes: 1e8, windows }),
      delta(2, {
        atUs: 4e6,
        cpuShare: 0.5,
        loopDelay: distributionOf(Array(101).fill(1000)),
        rssBytes: 2e8,
        windows,
        final: true,
      }),
    ])
    expect(health).toEqual([{ generator: 0, cpuShare: expect.closeTo(0.4, 12), loopDelayP99Us: 1000, rssBytes: 2e8 }])
  })
})

test('what was watched stands beside the numbers, also when it was taken up by another process', () => {
  const host = { kind: 'host', name: 'host', cores: 4, memoryBytes: 16e9 } as const
  const sample = (atUs: number): ResourceSample => ({ watched: 'host', atUs, spanUs: 1e6, values: { memory: atUs } })
  const first = new Aggregator(plan(arrivals(50)))
  first.watched.watch(host, ['a note'])
  first.watched.add(sample(-1e6), true)
  first.watched.add(sample(1e6), false)
  const second = new Aggregator(plan(arrivals(50)), first.leg())
  second.replay([{ kind: 'sample', ...sample(2e6) }])
  const column = (...values: number[]): unknown => ({
    atUs: values,
    spanUs: values.map(() => 1e6),
    columns: { memory: { mean: values, max: values } },
  })
  expect(second.finish(END).watched).toEqual([
    { ...host, notes: ['a note'], idle: column(-1e6), samples: column(1e6, 2e6) },
  ])
  expect(new Aggregator(plan()).finish(END).watched).toEqual([])
})

describe('what is not whole is invalid', () => {
  const causes = (data: MeasurementData): string[] => data.validity.findings.map(({ cause }) => cause)
  const alive = { windows: [WINDOW], series: [series({ outcomes: { ...NO_OUTCOMES, attempted: 5, good: 5 } })] }

  test('a complete load is valid', () => {
    expect(measure([delta(0, alive), delta(1, { final: true })]).validity.state).toBe('valid')
  })

  test('a missing message', () => {
    const data = measure([delta(0, alive), delta(2, { final: true })])
    expect(data.validity.state).toBe('invalid')
    expect(data.validity.findings[0]!.message).toBe('generator 0 lost 1 of its messages')
  })

  test('a message that came twice counts once and does no harm', () => {
    const data = measure([delta(0, alive), delta(0, alive), delta(1, { final: true })])
    expect([data.series.outcomes.good, data.validity.state]).toEqual([5, 'valid'])
  })

  test('a generator that never finished', () => {
    expect(causes(measure([delta(0, alive)]))).toEqual(['generator-lost'])
  })

  test('a generator that never spoke', () => {
    expect(causes(measure([delta(0, { ...alive, final: true })], plan(arrivals(50), { generators: 2 })))).toEqual([
      'generator-lost',
    ])
  })

  test('a generator that the host gave up, with its reason', () => {
    const aggregator = new Aggregator(plan())
    aggregator.add(delta(0, alive))
    aggregator.lost(0, 'was silent for 3.2 s')
    expect(aggregator.finish(END).validity.findings[0]!.message).toBe('generator 0 was silent for 3.2 s')
  })

  test('a load that ended early', () => {
    const aggregator = new Aggregator(plan())
    aggregator.add(delta(0, { ...alive, final: true }))
    expect(causes(aggregator.finish({ ...END, aborted: 'cancelled' }))).toEqual(['aborted'])
  })

  test('a clock that jumped between two messages; slow drift does no harm', () => {
    expect(causes(measure([delta(0, alive), delta(1, { clockOffsetUs: 500_001, final: true })]))).toEqual(['clock'])
    const slow = Array.from({ length: 5 }, (_, seq) =>
      delta(seq, { ...(seq === 0 ? alive : {}), clockOffsetUs: seq * 400_000, final: seq === 4 }),
    )
    expect(measure(slow).validity.state).toBe('valid')
  })

  test('a step that never opened makes the whole invalid', () => {
    const data = measure([delta(0, { ...alive, final: true })], plan(arrivals(1, 2)))
    expect(data.steps.map(({ validity }) => validity.state)).toEqual(['valid', 'invalid'])
    expect(data.validity.findings.map(({ message }) => message)).toEqual([
      'step 2: no request was scheduled inside the window',
    ])
  })
})

describe('the live snapshot', () => {
  const AT = {
    elapsedUs: 4.5e6,
    remainingUs: 7.5e6,
    askedRate: 50,
    state: 'measure',
    note: null,
    title: 'holds',
    service: null,
  } as const

  test('shows the last second that all living generators have told of', () => {
    const aggregator = new Aggregator(plan(arrivals(50, 80), { generators: 2 }))
    const windows = [{ window: 0, startUs: 2e6, endUs: null }]
    for (const index of [0, 1]) {
      for (const seq of [0, 1, 2, 3]) {
        if (index === 1 && seq === 3) continue
        aggregator.add(
          delta(seq, {
            index,
            windows,
            usersActive: 4,
            queued: 1,
            inFlight: 2,
            series: [
              series({ outcomes: { ...NO_OUTCOMES, attempted: 12, good: 10, failedByKind: { http: 1 }, dropped: 1 } }),
            ],
            buckets: [
              bucket(seq, { completed: 10 + seq, outputTokens: 100, latency: distributionOf([1000 * (seq + 1)]) }),
            ],
          }),
        )
      }
    }
    expect(aggregator.snapshot(AT)).toEqual({
      loadId: '01LOAD',
      ...AT,
      progress: 4.5 / 12,
      qps: 24,
      tokensPerSecond: 200,
      completed: 70,
      failed: 7,
      dropped: 7,
      usersActive: 8,
      inFlight: 4,
      queued: 2,
      latencyP50Us: 3000,
      latencyP99Us: 3000,
      latencySoFar: null,
      ttftSoFar: null,
      failedByKind: { http: 7 },
      recent: [
        { qps: 20, latencyP99Us: 1000 },
        { qps: 22, latencyP99Us: 2000 },
        { qps: 24, latencyP99Us: 3000 },
      ],
      generator: { cpuShare: expect.any(Number) as number, loopDelayP99Us: null },
      watched: [],
      alerts: [],
    })
  })

  test('tells what was measured so far, without warm-up, and the worst generator lately', () => {
    const aggregator = new Aggregator(plan(arrivals(50, 80), { generators: 2 }))
    for (const index of [0, 1]) {
      for (const [window, latencyUs] of [
        [-1, 9_000],
        [0, 1_000 * (index + 1)],
      ] as const) {
        aggregator.add(
          delta(window + 1, {
            index,
            cpuShare: window === 0 ? 0.2 * (index + 1) : 0.9,
            loopDelay: index === 1 && window === 0 ? null : distributionOf([300 * (window + 2)]),
            series: [
              series({
                window,
                distributions: { latency: distributionOf([latencyUs]), ttft: distributionOf([latencyUs / 2]) },
              }),
            ],
          }),
        )
      }
    }
    expect(aggregator.snapshot(AT)).toMatchObject({
      latencySoFar: { p50Us: 1_000, p99Us: 2_000 },
      ttftSoFar: { p50Us: 500, p99Us: 1_000 },
      generator: { cpuShare: 0.4, loopDelayP99Us: 600 },
    })
  })

  test('tells what is watched and which alerts are on', () => {
    const aggregator = new Aggregator(plan(arrivals(50, 80)))
    aggregator.watched.watch({ kind: 'gpu', name: 'gpu 0', cores: null, memoryBytes: null }, [])
    for (const gpuBusy of [0.3, 0.8]) {
      aggregator.watched.add({ watched: 'gpu 0', atUs: 1e6 * gpuBusy, spanUs: 5e5, values: { gpuBusy } }, false)
    }
    const span = {
      watched: 'gpu 0',
      metric: 'gpuBusy',
      limit: 0.5,
      side: 'above',
      fromUs: 3e6,
      toUs: 4e6,
      ended: false,
      peak: 0.8,
    } as const
    aggregator.alerts.began('busy', span)
    aggregator.alerts.began('hot', span)
    aggregator.alerts.update('hot', { ...span, ended: true })
    expect(aggregator.snapshot(AT)).toMatchObject({
      watched: [{ kind: 'gpu', name: 'gpu 0', values: { gpuBusy: 0.8 } }],
      alerts: [span],
    })
  })

  test('knows nothing before the first message', () => {
    expect(new Aggregator(plan(users(5))).snapshot({ ...AT, remainingUs: null })).toMatchObject({
      progress: null,
      qps: 0,
      latencyP50Us: null,
    })
  })

  test('counts progress in iterations where the plan does', () => {
    const aggregator = new Aggregator(
      plan({ executor: 'shared-iterations', users: 2, iterations: 8, thinkTime: null, maxDurationUs: 6e8 }),
    )
    aggregator.add(delta(0, { series: [series({ outcomes: { ...NO_OUTCOMES, attempted: 2, good: 2 } })] }))
    expect(aggregator.snapshot({ ...AT, remainingUs: null }).progress).toBe(0.25)
  })
})

describe('going on from a leg', () => {
  /** As a journal keeps it. */
  const stored = (aggregator: Aggregator): LoadLeg => JSON.parse(JSON.stringify(aggregator.leg())) as LoadLeg

  test('at any moment gives the same measurement as going on', () => {
    fc.assert(
      fc.property(SEEN, fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(40), { maxLength: 4 }), (seen, count, cuts) => {
        const of = plan(arrivals(50), { generators: count })
        const deltas = reports(seen, count).map((one) => ({
          ...one,
          loopDelay: distributionOf([one.seq, 500]),
          firstGoodLatencyUs: one.seq === 3 ? 700 : null,
          usersActive: one.index + 1,
          checks: [{ window: one.seq % 2, name: `check ${one.seq % 3}`, passed: one.seq, failed: one.index }],
        }))
        let aggregator = new Aggregator(of)
        deltas.forEach((one, i) => {
          if (cuts.includes(i)) aggregator = new Aggregator(of, stored(aggregator))
          aggregator.add(one)
        })
        expect(aggregator.finish(END)).toEqual(measure(deltas, of))
      }),
    )
  })

  test('keeps what was wrong with it', () => {
    const aggregator = new Aggregator(plan())
    aggregator.add(delta(0, { clockOffsetUs: 0 }))
    aggregator.add(delta(2, { clockOffsetUs: 900_000, seq: 2 }))
    aggregator.lost(0, 'was silent for 4 s')
    const causes = (of: Aggregator): string[] => of.finish(END).validity.findings.map(({ cause }) => cause)
    expect(causes(new Aggregator(plan(), stored(aggregator)))).toEqual(causes(aggregator))
    expect(causes(aggregator)).toContain('generator-lost')
  })

  describe('in another process', () => {
    const open = (endUs: number | null, startUs = 2e6): GeneratorDelta['windows'] => [{ window: 0, startUs, endUs }]
    const second = (at: number, window: number, n = 10): Partial<GeneratorDelta> => ({
      series: [
        series({
          window,
          outcomes: { ...NO_OUTCOMES, attempted: n, good: n },
          distributions: { latency: distributionOf(Array(n).fill(at)) },
        }),
      ],
      buckets: [bucket(at, { window, sent: n, completed: n, latency: distributionOf(Array(n).fill(at)) })],
      paced: [{ window, scheduled: n, dispatched: n }],
    })

    /** Four measured seconds, a gap of 94 s and a warm-up of 2 s, six more seconds. */
    function resumed(): Aggregator {
      const before = new Aggregator(plan())
      for (let at = 0; at < 6; at++)
        before.add(delta(at, { ...second(at, at < 2 ? -1 : 0), windows: at < 2 ? [] : open(null) }))
      const after = new Aggregator(plan(), stored(before))
      expect(after.progress()).toEqual({
        untilUs: 6e6,
        complete: false,
        windows: [{ window: 0, measuredUs: 4e6, closedUs: null }],
        attempted: 40,
        started: 60,
      })
      after.replay([{ kind: 'resumed', atUs: 100e6, reason: 'its process ended' }])
      for (let at = 100; at < 108; at++) {
        after.add(
          delta(at, {
            ...second(at, at < 102 ? -1 : 0),
            seq: at - 100,
            windows: at < 102 ? [] : open(at === 107 ? 108e6 : null, 102e6),
            final: at === 107,
          }),
        )
      }
      return after
    }

    test('both legs are in the numbers, the gap in no rate, and seconds in one time base', () => {
      const { series: whole, gaps, buckets, steps, validity } = resumed().finish({ ...END, totalUs: 108e6 })
      expect(gaps).toEqual([{ fromUs: 6e6, toUs: 102e6, reason: 'its process ended' }])
      expect(whole.outcomes).toMatchObject({ attempted: 100, good: 100 })
      expect(whole.windowUs).toBe(10e6)
      expect(whole.events.completed).toBe(100)
      expect(steps[0]).toMatchObject({ startUs: 2e6, endUs: 108e6 })
      expect(buckets.map((one) => [one.second, one.phase[0]])).toEqual([
        ...[0, 1].map((at) => [at, 'w']),
        ...[2, 3, 4, 5].map((at) => [at, 'm']),
        ...[100, 101].map((at) => [at, 'w']),
        ...[102, 103, 104, 105, 106, 107].map((at) => [at, 'm']),
      ])
      expect(validity).toMatchObject({ state: 'suspect', findings: [{ cause: 'resumed' }] })
      expect(validity.findings[0]!.message).toBe(
        'resumed after a gap of 96 s at 6 s (its process ended); requests that were in flight at its start are missing',
      )
    })

    test('a load that ends again before its window is open has measured what it had before', () => {
      const again = new Aggregator(plan(), stored(resumedAt(3e6)))
      again.replay([{ kind: 'resumed', atUs: 50e6, reason: 'its process ended' }])
      again.add(delta(50, { seq: 0, atUs: 51e6, final: true }))
      const { series: whole, gaps } = again.finish({ ...END, totalUs: 51e6 })
      expect(whole.windowUs).toBe(1e6)
      expect(gaps).toEqual([{ fromUs: 3e6, toUs: 51e6, reason: 'its process ended' }])
      again.replay([{ kind: 'resumed', atUs: 80e6, reason: 'the machine was off' }])
      expect(again.finish({ ...END, totalUs: 90e6 }).gaps).toEqual([
        { fromUs: 3e6, toUs: 90e6, reason: 'its process ended' },
      ])
    })

    function resumedAt(untilUs: number): Aggregator {
      const before = new Aggregator(plan())
      for (let at = 1; at <= untilUs / 1e6; at++)
        before.add(delta(at - 1, { atUs: at * 1e6, windows: at < 2 ? [] : open(null) }))
      return before
    }

    test('a load that had ended is whole', () => {
      const before = new Aggregator(plan())
      before.add(delta(0, { windows: open(12e6), final: true, ...second(3, 0) }))
      const after = new Aggregator(plan(), stored(before))
      expect(after.progress().complete).toBe(true)
      expect(after.finish(END)).toEqual(before.finish(END))
    })
  })
})
