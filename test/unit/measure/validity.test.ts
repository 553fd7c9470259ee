import { describe, expect, test } from 'vitest'
import { type SeriesData, NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { DistributionId } from '../../../src/domain/metric.ts'
import { VALID, validityOf, type ValidityCause } from '../../../src/domain/validity.ts'
import { type ValidityFacts, joinValidity, judgeValidity } from '../../../src/measure/validity.ts'
import { arrivals, distributionOf, plan, users } from './builders.ts'

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)

function seriesWith(
  distributions: Partial<Record<DistributionId, readonly number[]>>,
  attempted: number = 1,
): SeriesData {
  return {
    windowUs: 10e6,
    outcomes: { ...NO_OUTCOMES, attempted },
    events: {
      sent: 0,
      completed: 0,
      failed: 0,
      completedWithinSlo: 0,
      outputTokens: 0,
      outputTokensWithinSlo: 0,
      inputTokens: 0,
      inputChars: 0,
      audioUs: 0,
      bytesReceived: 0,
    },
    distributions: Object.fromEntries(
      Object.entries(distributions).map(([id, values]) => [id, distributionOf(values ?? [])]),
    ),
  }
}

const onCluster = (toleratesLost: boolean): ValidityFacts['plan'] => ({ ...plan(), cluster: { toleratesLost } })

function verdict(facts: Partial<ValidityFacts>): string {
  const { findings } = judgeValidity({
    plan: plan(),
    series: seriesWith({}),
    paced: { scheduled: 0, dispatched: 0 },
    health: [],
    secondMediansUs: [],
    tokenSource: null,
    lost: [],
    attempted: 0,
    gaps: [],
    clockJumpUs: 0,
    endedEarly: null,
    ...facts,
  })
  return findings.map(({ cause, severity }) => `${cause} ${severity}`).join(', ')
}

/** 100 requests of which two were this late; p99 is the 99th. */
const late = (lagUs: number, latencyUs: number = 1000): SeriesData =>
  seriesWith({ pacerLag: [...times(98, 0), lagUs, lagUs], latency: times(100, latencyUs) })
const health = (cpuShare: number, loopDelayP99Us: number): ValidityFacts['health'] => [
  { generator: 0, cpuShare, loopDelayP99Us, rssBytes: 1e8 },
]

describe('generator late', () => {
  test.each([
    [1000, 1000, ''],
    [1001, 1000, 'generator-late suspect'],
    [2000, 1000, 'generator-late suspect'],
    [2001, 1000, 'generator-late invalid'],
    // 5 % of a p50 of 100 ms is 5 ms.
    [2500, 100_000, ''],
    [2501, 100_000, 'generator-late suspect'],
    [5000, 100_000, 'generator-late suspect'],
    [5001, 100_000, 'generator-late invalid'],
  ])('lag p99 %d us at latency p50 %d us: "%s"', (lagUs, latencyUs, expected) => {
    expect(verdict({ series: late(lagUs, latencyUs) })).toBe(expected)
  })

  test('is not judged below 100 requests', () => {
    expect(verdict({ series: seriesWith({ pacerLag: times(99, 1e6) }) })).toBe('')
    expect(verdict({ series: seriesWith({ pacerLag: times(100, 1e6) }) })).toBe('generator-late invalid')
  })

  test('says how late and what to do', () => {
    const [finding] = judgeValidity({
      plan: plan(),
      series: late(14_000),
      paced: { scheduled: 0, dispatched: 0 },
      health: [],
      secondMediansUs: [],
      tokenSource: null,
      lost: [],
      attempted: 0,
      gaps: [],
      clockJumpUs: 0,
      endedEarly: null,
    }).findings
    expect(finding).toEqual({
      cause: 'generator-late',
      severity: 'invalid',
      message: 'pacer lag p99 14 ms is over 2 ms',
      advice: 'keep other work off the cores of this machine while load runs',
    })
  })

  test('advises more generators only where one has a lot to do', () => {
    const advice = (rate: number): string | undefined =>
      judgeValidity({
        plan: plan(arrivals(rate)),
        series: late(14_000),
        paced: { scheduled: 0, dispatched: 0 },
        health: [],
        secondMediansUs: [],
        tokenSource: null,
        lost: [],
        attempted: 0,
        gaps: [],
        clockJumpUs: 0,
        endedEarly: null,
      }).findings[0]?.advice
    expect(advice(1000)).not.toMatch(/generators/)
    expect(advice(1001)).toMatch(/generators: 2/)
  })
})

describe('generator busy', () => {
  test.each([
    [0.9, 10_000, 0, ''],
    [0.91, 10_000, 0, 'generator-busy suspect'],
    [0.9, 10_001, 0, 'generator-busy suspect'],
    [0.91, 0, 1000, 'generator-busy suspect'],
    [0.91, 0, 1001, 'generator-busy invalid, generator-late suspect'],
    [0, 10_001, 3000, 'generator-late invalid, generator-busy invalid'],
  ])('CPU %d, loop delay %d us, lag %d us: "%s"', (cpuShare, loopDelayUs, lagUs, expected) => {
    expect(verdict({ health: health(cpuShare, loopDelayUs), series: late(lagUs) })).toBe(expected)
  })
})

describe('rate not reached', () => {
  test.each([
    [1000, ''],
    [995, ''],
    [994, 'rate-not-reached suspect'],
    [990, 'rate-not-reached suspect'],
    [989, 'rate-not-reached invalid'],
  ])('%d of 1,000 scheduled arrivals: "%s"', (dispatched, expected) => {
    expect(verdict({ paced: { scheduled: 1000, dispatched } })).toBe(expected)
  })

  test('does not concern user profiles', () => {
    expect(verdict({ plan: plan(users(5)), paced: { scheduled: 1000, dispatched: 0 } })).toBe('')
  })
})

test.each<[string, Partial<ValidityFacts>, string]>([
  [
    'a lost generator',
    { lost: [{ generator: 1, reason: 'was ended by SIGKILL', unaccounted: null }] },
    'generator-lost invalid',
  ],
  [
    'a lost generator whose load the others took over, with 1 % of the requests unaccounted for',
    { lost: [{ generator: 1, reason: 'was ended by SIGKILL', unaccounted: 10 }], attempted: 1000 },
    'generator-lost suspect',
  ],
  [
    'a lost generator that took more than 1 % with it',
    { lost: [{ generator: 1, reason: 'was ended by SIGKILL', unaccounted: 11 }], attempted: 1000 },
    'generator-lost invalid',
  ],
  [
    'two lost generators, of which one was replaced',
    {
      lost: [
        { generator: 1, reason: 'was ended by SIGKILL', unaccounted: 1 },
        { generator: 2, reason: 'was silent for 3 s', unaccounted: null },
      ],
      attempted: 1000,
    },
    'generator-lost invalid',
  ],
  [
    'a lost worker, however little of its load is unaccounted for',
    {
      plan: onCluster(false),
      lost: [{ generator: 1, worker: 'b', reason: 'was silent', unaccounted: 1 }],
      attempted: 1e6,
    },
    'generator-lost invalid',
  ],
  [
    'a lost worker that is tolerated, whose arrivals nobody could start',
    {
      plan: onCluster(true),
      lost: [{ generator: 1, worker: 'b', reason: 'was silent', unaccounted: 80 }],
      attempted: 1000,
      paced: { scheduled: 1000, dispatched: 920 },
    },
    'generator-lost suspect',
  ],
  [
    'a tolerated loss beside arrivals that were missed otherwise',
    {
      plan: onCluster(true),
      lost: [{ generator: 1, worker: 'b', reason: 'was silent', unaccounted: 80 }],
      attempted: 1000,
      paced: { scheduled: 1000, dispatched: 900 },
    },
    'rate-not-reached invalid, generator-lost suspect',
  ],
  [
    'a tolerated loss with nobody to go on',
    { plan: onCluster(true), lost: [{ generator: 0, worker: 'a', reason: 'was silent', unaccounted: null }] },
    'generator-lost invalid',
  ],
  ['an early end', { endedEarly: 'cancelled' }, 'aborted invalid'],
  ['no request', { series: seriesWith({}, 0) }, 'too-few-requests invalid'],
  ['one request', { series: seriesWith({}, 1) }, ''],
  ['a clock that jumped by 500 ms', { clockJumpUs: 500_000 }, ''],
  ['a clock that jumped by more', { clockJumpUs: 500_001 }, 'clock invalid'],
])('%s', (_, facts, expected) => {
  expect(verdict(facts)).toBe(expected)
})

describe('drift', () => {
  const rising = (seconds: number): number[] => Array.from({ length: seconds }, (_, i) => 1000 + 10 * i + (i % 3) * 30)

  test('a rise over 30 seconds is suspect, over 29 it is not looked at', () => {
    expect(verdict({ secondMediansUs: rising(30) })).toBe('drift suspect')
    expect(verdict({ secondMediansUs: rising(29) })).toBe('')
  })

  test('seconds that only vary are fine', () => {
    expect(verdict({ secondMediansUs: Array.from({ length: 120 }, (_, i) => 1000 + ((i * 7919) % 101)) })).toBe('')
  })

  test('a day of seconds is judged in a moment', () => {
    expect(verdict({ secondMediansUs: rising(86_400) })).toBe('drift suspect')
  })
})

describe('tokens disagree', () => {
  // Ten answers of ten deltas each.
  const answers = (tokens: number): SeriesData =>
    seriesWith({ outputTokens: times(10, tokens), ttftFromSent: times(10, 5), interChunkLatency: times(90, 5) })

  test.each([
    [9.5, ''],
    [9.4, 'tokens-disagree suspect'],
    [10, ''],
    [30, ''],
  ])('usage of %d tokens per answer: "%s"', (tokens, expected) => {
    expect(verdict({ series: answers(tokens), tokenSource: 'usage' })).toBe(expected)
  })

  test('concerns only what the server reported, for all answers', () => {
    expect(verdict({ series: answers(1), tokenSource: 'estimated' })).toBe('')
    const some = seriesWith({ outputTokens: times(5, 10), ttftFromSent: times(10, 5), interChunkLatency: times(90, 5) })
    expect(verdict({ series: some, tokenSource: 'usage' })).toBe('')
  })
})

describe('a load of several steps', () => {
  const finding = (cause: ValidityCause, severity: 'suspect' | 'invalid', message: string = cause) =>
    validityOf([{ cause, severity, message, advice: '' }])

  test('takes over the gravest finding of each cause and says which step', () => {
    const joined = joinValidity(finding('clock', 'invalid'), [
      finding('generator-late', 'suspect'),
      finding('generator-late', 'invalid'),
      finding('clock', 'invalid'),
      VALID,
    ])
    expect(joined.findings.map(({ severity, message }) => [severity, message])).toEqual([
      ['invalid', 'clock'],
      ['invalid', 'step 2: generator-late'],
    ])
  })

  test('is valid when all is', () => {
    expect(joinValidity(VALID, [VALID, VALID])).toEqual(VALID)
  })
})
