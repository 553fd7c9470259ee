import { describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { measured, series, spread, step } from '../../support/measurement-builder.ts'

const TIMEOUT = { request: 'chat', kind: 'timeout', detail: 'total', message: 'no end after 1 s', count: 2 } as const

/** What a matcher threw, as text. */
function thrown(act: () => void): string {
  try {
    act()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('p99 of 600 latencies from 50 to 110 ms', () => {
  test('passes when its upper bound is under the limit too', () => {
    const { run, records } = measured()
    expect(run).toHaveP99Below('120ms')
    expect(records).toEqual([
      {
        matcher: 'toHaveP99Below',
        claim: 'p99 latency below 120 ms',
        negated: false,
        verdict: 'pass',
        measured: '109 ms [109 ms, 110 ms], n = 600',
        distance: '10.6 ms (8.83 %) under',
        notes: [],
      },
    ])
  })

  test('is a weak pass when only the upper bound is over the limit', () => {
    const { run, records } = measured()
    expect(run).toHaveP99Below('109.6ms')
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      claim: 'p99 latency below 109.6 ms',
      notes: ['the 95 % upper bound 110 ms is not below the limit: a longer load narrows it'],
    })
  })

  test('fails at the limit itself', () => {
    const { run, records } = measured({ series: series({ latencies: spread(600, 100_000, 100_000) }) })
    expect(thrown(() => expect(run).toHaveP99Below('100ms'))).toBe(
      [
        'expected p99 latency below 100 ms',
        '  measured: 100 ms [100 ms, 100 ms], n = 600',
        '  distance: exactly at the limit, which is not below it',
      ].join('\n'),
    )
    expect(records[0]).toMatchObject({ verdict: 'fail' })
  })

  test('fails over the limit with claim, value, interval, n and distance, and gives the diff', () => {
    const { run } = measured()
    const error = (() => {
      try {
        return expect(run).toHaveP99Below('100ms')
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toMatchObject({
      message:
        'expected p99 latency below 100 ms\n  measured: 109 ms [109 ms, 110 ms], n = 600\n  distance: 9.4 ms (9.4 %) over',
      actual: '109 ms [109 ms, 110 ms], n = 600',
      expected: 'p99 latency below 100 ms',
    })
  })

  test('says when the interval straddles the limit that it fails', () => {
    const { run } = measured()
    expect(thrown(() => expect(run).toHaveP99Below('109.3ms'))).toContain(
      'the interval straddles the limit: a longer load could decide otherwise',
    )
  })

  test('names the slowest stage of a failure', () => {
    const { run } = measured({
      series: series({
        distributions: { 'stage:queue': spread(600, 1_000, 3_000), 'stage:decode': spread(600, 30_000, 50_000) },
      }),
    })
    expect(thrown(() => expect(run).toHaveP99Below('100ms'))).toContain(
      'slowest stage: decode, p50 40 ms, 50 % of the p50 latency',
    )
  })

  test('does not name a stage that few requests went through as the slowest', () => {
    const { run } = measured({
      series: series({
        distributions: { 'stage:decode': spread(600, 30_000, 50_000), 'stage:connect': spread(200, 60_000, 70_000) },
      }),
    })
    expect(thrown(() => expect(run).toHaveP99Below('100ms'))).toContain('slowest stage: decode')
  })
})

describe('.not', () => {
  test('passes only when the point estimate is at or over the limit', () => {
    const { run, records } = measured()
    expect(run).not.toHaveP99Below('100ms')
    expect(thrown(() => expect(run).not.toHaveP99Below('120ms'))).toMatch(/^expected p99 latency not below 120 ms/)
    expect(records).toMatchObject([
      { negated: true, verdict: 'pass', claim: 'p99 latency not below 100 ms' },
      { verdict: 'fail' },
    ])
  })

  test('is weak when the interval reaches under the limit', () => {
    const { run, records } = measured()
    expect(run).not.toHaveP99Below('109.3ms')
    expect(records[0]).toMatchObject({ verdict: 'weak' })
  })

  test('does not turn a weak pass into a pass', () => {
    expect(() => expect(measured().run).not.toHaveP99Below('109.6ms')).toThrow(
      'expected p99 latency not below 109.6 ms',
    )
  })
})

describe('too few requests', () => {
  test('are a weak pass that says how many it takes', () => {
    const { run, records } = measured({ series: series({ latencies: spread(298, 10_000, 20_000) }) })
    expect(run).toHaveP99Below('1s')
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      notes: ['n = 298 is too small for p99: its 95 % upper bound exists from n = 299 on'],
    })
  })

  test('are enough from 299 on', () => {
    const { run, records } = measured({ series: series({ latencies: spread(299, 10_000, 20_000) }) })
    expect(run).toHaveP99Below('1s')
    expect(records[0]).toMatchObject({ verdict: 'pass' })
  })
})

describe('requests without an answer', () => {
  const lossy = (outcomes: Parameters<typeof series>[0]) =>
    measured({
      series: series({ latencies: spread(980, 10_000, 20_000), ...outcomes }),
      errors: [{ ...TIMEOUT, count: 20 }],
    }).run

  test('of 2 % cannot pass a p99, whatever the others took', () => {
    const message = thrown(() => expect(lossy({ outcomes: { failedByKind: { timeout: 20 } } })).toHaveP99Below('1h'))
    expect(message).toContain('measured: ∞ [')
    expect(message).toContain('n = 1,000, 20 of them failed, dropped or missed')
    expect(message).toContain('2 % of the requests have no answer and rank as infinitely slow: p99 falls on them')
    expect(message).toContain('most frequent error: timeout total on chat, 20 of 20 failures: no end after 1 s')
  })

  test.each([{ dropped: 20 }, { missed: 20 }])('count the same when they were %o', (outcomes) => {
    expect(() => expect(lossy({ outcomes })).toHaveP99Below('1h')).toThrow('measured: ∞')
  })

  test('of 2 % leave a p50 alone', () => {
    expect(lossy({ outcomes: { failedByKind: { timeout: 20 } } })).toHaveP50Below('20ms')
  })

  test('make it fail when there is no answer at all', () => {
    const { run } = measured({ series: series({ latencies: [], outcomes: { failedByKind: { connection: 40 } } }) })
    expect(() => expect(run).toHaveP50Below('1h')).toThrow('measured: ∞')
  })

  test('also count when a latency is missing for no reason', () => {
    const hole = series({ latencies: spread(500, 10_000, 20_000), outcomes: { good: 600 } })
    expect(() => expect(measured({ series: hole }).run).toHaveP90Below('1h')).toThrow('measured: ∞')
  })
})

test('every percentile matcher judges its own percentile', () => {
  const { run, records } = measured({ series: series({ latencies: spread(10_000, 1_000, 100_000) }) })
  expect(run).toHaveP50Below('60ms')
  expect(run).toHaveP90Below('95ms')
  expect(run).toHaveP95Below('99ms')
  expect(run).toHaveP999Below('101ms')
  expect(run).toHavePercentileBelow(75, '80ms')
  expect(records.map(({ claim, verdict }) => `${claim} ${verdict}`)).toEqual([
    'p50 latency below 60 ms pass',
    'p90 latency below 95 ms pass',
    'p95 latency below 99 ms pass',
    'p99.9 latency below 101 ms pass',
    'p75 latency below 80 ms pass',
  ])
})

test('steps, requests by name and stages are judged by their own numbers', () => {
  const slow = series({ latencies: spread(600, 200_000, 300_000) })
  const staged = series({ distributions: { 'stage:queue': spread(600, 1_000, 3_000) } })
  const { run, records } = measured({
    series: staged,
    steps: [step(0, 10, staged), step(1, 20, slow)],
    requests: { login: slow },
  })
  expect(run.step(0)).toHaveP99Below('120ms')
  expect(() => expect(run.step(1)).toHaveP99Below('120ms')).toThrow(
    'expected p99 latency of step 2 (20/s) below 120 ms',
  )
  expect(() => expect(run.scenario('login')).toHaveP99Below('120ms')).toThrow(
    'expected p99 latency of request "login" below 120 ms',
  )
  expect(run.stage('queue')).toHaveP99Below('4ms')
  expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'fail', 'pass'])
  expect(records[3]!.claim).toBe('p99 of stage "queue" below 4 ms')
})

test('cannot judge a load without a request', () => {
  const { run, records } = measured({ series: series({ latencies: [] }) })
  expect(() => expect(run).toHaveP99Below('1s')).toThrow(
    'cannot judge: p99 latency below 1 s: no request was scheduled inside the measured window',
  )
  expect(() => expect(run).not.toHaveP99Below('1s')).toThrow('cannot judge')
  expect(records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
})
