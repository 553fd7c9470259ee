import { describe, expect, test } from 'vitest'
import type { ProfilePlan } from '../../../src/domain/load-plan.ts'
import '../../../src/matchers/register.ts'
import { measured, plan, series, spread, step, TWENTY_USERS } from '../../support/measurement-builder.ts'

const steps = (...rates: number[]): ProfilePlan => ({
  executor: 'ramping-arrival-rate',
  arrivals: 'uniform',
  maxUsers: 100,
  maxQueue: null,
  steps: rates.map((ratePerSecond) => ({ ratePerSecond, durationUs: 60e6, rampUs: 0 })),
})
const good = (n: number) => series({ latencies: spread(n, 10_000, 20_000) })
const half = (n: number) =>
  series({ latencies: spread(n / 2, 10_000, 20_000), outcomes: { failedByKind: { timeout: n / 2 } } })

describe('toSustainQps on an arrival profile', () => {
  test('holds when the asked rate reaches n and 99 % of the arrivals were good', () => {
    const { run, records } = measured({
      series: series({ latencies: spread(594, 10_000, 20_000), outcomes: { dropped: 6 } }),
    })
    expect(run).toSustainQps(10)
    expect(records[0]).toMatchObject({
      verdict: 'pass',
      claim: 'load sustaining 10 qps',
      measured: '10/s asked, 99 % of 600 arrivals good, 9.9/s answered',
    })
  })

  test('fails at less than 99 %, and its negation holds', () => {
    const { run } = measured({ series: series({ latencies: spread(593, 10_000, 20_000), outcomes: { dropped: 7 } }) })
    expect(() => expect(run).toSustainQps(10)).toThrow('less than 99 % of the arrivals were good')
    expect(run).not.toSustainQps(10)
  })

  test('neither passes nor is denied for a rate that nobody asked for', () => {
    const { run } = measured({ series: good(600) })
    expect(() => expect(run).toSustainQps(11)).toThrow('nobody asked for 11/s: give the load a rate of at least that')
    expect(() => expect(run).not.toSustainQps(11)).toThrow('expected load not sustaining 11 qps')
  })

  test('is weak when a handful of requests is all there is', () => {
    const { run, records } = measured({ series: good(12) })
    expect(run).toSustainQps(10)
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      notes: ['n = 12 is too small for a rate: it takes 30 requests'],
    })
  })
})

describe('toSustainQps on several steps', () => {
  const load = (low: ReturnType<typeof series>, high: ReturnType<typeof series>) =>
    measured({
      plan: plan({ profile: steps(10, 50) }),
      series: good(3600),
      steps: [step(0, 10, low), step(1, 50, high)],
    }).run

  test('holds for the highest rate when every step kept up', () => {
    expect(load(good(600), good(3000))).toSustainQps(50)
    expect(() => expect(load(good(600), good(3000))).toSustainQps(51)).toThrow('nobody asked for 51/s')
  })

  test('fails when one step broke down, and so does its negation', () => {
    const run = load(good(600), half(3000))
    expect(() => expect(run).toSustainQps(10)).toThrow(
      'it holds in some steps and not in others: judge each with run.step(i)',
    )
    expect(() => expect(run).not.toSustainQps(50)).toThrow('expected load not sustaining 50 qps')
    expect(run.step(0)).toSustainQps(10)
    expect(run.step(1)).not.toSustainQps(50)
  })

  test('does not let the high rate be claimed for the step of the low one', () => {
    expect(() => expect(load(good(600), good(3000)).step(0)).toSustainQps(50)).toThrow('nobody asked for 50/s')
  })
})

describe('toSustainQps where the rate varies or is none', () => {
  const limits = { maxUsers: 100, maxQueue: null }

  test('counts the mean of bursts in a rhythm', () => {
    const profile = { executor: 'burst-arrivals', burst: 20, bursts: 30, everyUs: 2e6, ...limits } as const
    const { run } = measured({ plan: plan({ profile }), series: good(600), steps: [step(0, 10, good(600))] })
    expect(run).toSustainQps(10)
    expect(() => expect(run).toSustainQps(11)).toThrow('nobody asked for 11/s')
  })

  test('counts what a trace scheduled in its window', () => {
    const trace = { source: null, speed: 1, arrivals: 700, lengthUs: 70e6, peakPerSecond: 40, digest: '' } as const
    const profile = { executor: 'trace-arrivals', ...trace, ...limits } as const
    const { run } = measured({ plan: plan({ profile }), series: good(600), steps: [step(0, null, good(600))] })
    expect(run).toSustainQps(10)
    expect(() => expect(run).toSustainQps(10.1)).toThrow('nobody asked for 10.1/s')
  })

  test('can be neither claimed nor denied of a single burst', () => {
    const profile = { executor: 'burst-arrivals', burst: 600, bursts: 1, everyUs: null, ...limits } as const
    const { run } = measured({ plan: plan({ profile }), series: good(600), steps: [step(0, null, good(600))] })
    expect(() => expect(run).toSustainQps(1)).toThrow('a single burst has no rate')
    expect(() => expect(run).not.toSustainQps(1)).toThrow('a single burst has no rate')
  })
})

describe('toSustainQps on a user profile', () => {
  const users = plan({ profile: TWENTY_USERS })

  test('is a matter of the good completions per second', () => {
    const { run } = measured({ plan: users, series: good(600) })
    expect(run).toSustainQps(10)
    expect(() => expect(run).toSustainQps(10.5)).toThrow(
      'expected load sustaining 10.5 qps\n  measured: 10/s answered, n = 600\n  distance: 0.5/s (4.76 %) under',
    )
    expect(run).not.toSustainQps(10.5)
  })

  test("must be reached in every step: the mean of two steps is nobody's rate", () => {
    const { run } = measured({
      plan: users,
      series: series({ latencies: spread(3600, 10_000, 20_000), windowUs: 120e6 }),
      steps: [step(0, null, good(600), 1), step(1, null, good(3000), 20)],
    })
    expect(run).toSustainQps(10)
    expect(() => expect(run).toSustainQps(30)).toThrow('it holds in some steps and not in others')
    expect(() => expect(run).not.toSustainQps(30)).toThrow('expected load not')
  })
})

test('requests of one name are held against the arrivals that were made of them', () => {
  const { run } = measured({ series: good(600), requests: { login: good(300) } })
  expect(run.scenario('login')).toSustainQps(5)
  expect(() => expect(run.scenario('login')).toSustainQps(6)).toThrow(
    'expected load of request "login" sustaining 6 qps',
  )
})

describe('toSustainTokensPerSecond', () => {
  test('is a matter of the tokens that arrived', () => {
    const { run, records } = measured({ series: series({ outputTokens: 76_800 }), tokenSource: 'usage' })
    expect(run).toSustainTokensPerSecond(1280)
    expect(() => expect(run).toSustainTokensPerSecond(1281)).toThrow('distance: 1/s (0.0781 %) under')
    expect(run).not.toSustainTokensPerSecond(1281)
    expect(records[0]).toMatchObject({ verdict: 'pass', measured: '1,280/s, 76,800 tokens, n = 600' })
  })

  test("says when the tokens are not the server's own", () => {
    const { run, records } = measured({ series: series({ outputTokens: 76_800 }), tokenSource: 'estimated' })
    expect(run).toSustainTokensPerSecond(1000)
    expect(records[0]!.measured).toContain('(counted by a tokenizer here, not by the server)')
  })

  test('cannot judge a load without tokens', () => {
    expect(() => expect(measured().run).toSustainTokensPerSecond(1)).toThrow(
      'cannot judge: load sustaining 1 tokens/s: no output tokens were counted',
    )
    expect(() => expect(measured().run).not.toSustainTokensPerSecond(1)).toThrow('cannot judge')
  })
})

describe('toHaveGoodputAbove', () => {
  const slo = { latencyUs: 100_000, ttftUs: null, tpotUs: null }
  const load = () =>
    measured({ plan: plan({ slo }), series: series({ outcomes: { withinSlo: 480 }, completedWithinSlo: 480 }) })

  test('counts requests within the declared SLO', () => {
    const { run, records } = load()
    expect(run).toHaveGoodputAbove(7.9)
    expect(run).toHaveGoodputAbove(7.9, { latency: '100ms' })
    expect(() => expect(run).toHaveGoodputAbove(8)).toThrow(
      'expected goodput (latency below 100 ms) above 8/s\n  measured: 8/s, 80 % of 600 requests within the SLO',
    )
    expect(run).not.toHaveGoodputAbove(8)
    expect(records[0]).toMatchObject({ verdict: 'pass', claim: 'goodput (latency below 100 ms) above 7.9/s' })
  })

  test('counts tokens of requests within the declared SLO', () => {
    const tokens = (parts: object) =>
      measured({
        plan: plan({ slo }),
        tokenSource: 'usage',
        series: series({ outcomes: { withinSlo: 480 }, outputTokens: 6000, ...parts }),
      }).run
    const run = tokens({ outputTokensWithinSlo: 4500 })
    expect(run.tokenGoodput).toBe(75)
    expect(run.goodFraction).toBe(0.8)
    expect(run).toHaveTokenGoodputAbove(74, { latency: '100ms' })
    expect(() => expect(run).toHaveTokenGoodputAbove(75)).toThrow(
      'expected token goodput (latency below 100 ms) above 75 tokens/s\n' +
        '  measured: 75/s, 4,500 of 6,000 tokens (75 %) within the SLO',
    )
    expect(tokens({ outputTokens: 0 }).tokenGoodput).toBeNull()
    expect(() => expect(tokens({ outputTokens: 0 })).not.toHaveTokenGoodputAbove(1)).toThrow('cannot judge')
    expect(() => expect(measured().run).toHaveTokenGoodputAbove(1)).toThrow('declared without an SLO')
  })

  test('refuses a load that declared none, and another one than the declared', () => {
    expect(() => expect(measured().run).toHaveGoodputAbove(1)).toThrow(
      'toHaveGoodputAbove: this load was declared without an SLO',
    )
    expect(() => expect(load().run).toHaveGoodputAbove(1, { latency: '200ms' })).toThrow(
      'toHaveGoodputAbove: got the SLO latency below 200 ms, but the load was declared with latency below 100 ms',
    )
  })
})
