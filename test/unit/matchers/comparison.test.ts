import { describe, test } from 'vitest'
import { recordedMetrics } from '../../../src/compare/recorded-metrics.ts'
import type { Baseline, HistoryPoint, Reference } from '../../../src/domain/history.ts'
import { expect } from '../../../src/matchers/perf-expect.ts'
import '../../../src/matchers/register.ts'
import {
  INVALID,
  measured,
  measurementData,
  plan,
  reference,
  series,
  spread,
  SUSPECT,
} from '../../support/measurement-builder.ts'
import { Measurement } from '../../../src/measure/measurement.ts'

/** Latencies around `ms` milliseconds. */
const around = (ms: number) => series({ latencies: spread(600, ms * 900, ms * 1100) })

/** Five earlier runs around `ms` milliseconds. */
function runsOf(ms: number, parts: Partial<Reference> = {}): Reference {
  const history = [0.99, 1.01, 1, 0.995, 1.005].map((factor, i): HistoryPoint => ({
    runId: `run${i}`,
    startedAt: `2025-11-1${i}T00:00:00.000Z`,
    commit: null,
    status: 'passed',
    hardHash: 'abc',
    branch: null,
    dirty: null,
    origin: 'measured',
    stages: [],
    metrics: recordedMetrics({ series: around(ms * factor) }),
  }))
  return reference({ history, ...parts })
}

describe('toNotRegress', () => {
  test('passes as OK or IMPROVED', () => {
    const { run, records } = measured({ series: around(100) }, runsOf(100))
    expect(run).toNotRegress({ metrics: ['latency.p50'], assumedRunCv: '1%' })
    expect(records[0]).toMatchObject({
      verdict: 'pass',
      claim: 'no regression',
      comparison: 'OK',
      measured: 'OK against the last 5 runs',
    })
    const faster = measured({ series: around(50) }, runsOf(100))
    expect(faster.run).toNotRegress({ metrics: ['latency.p50'] })
    expect(faster.records[0]).toMatchObject({ verdict: 'pass', comparison: 'IMPROVED' })
  })

  test('is inconclusive where a shard that may hold the last level is missing, and names it; a regression stays one', () => {
    const missingShards = ['shard 2 of 3 of run ci-7 is missing']
    const options = { metrics: ['latency.p50'], assumedRunCv: '1%' } as const
    const { run, records } = measured({ series: around(100) }, runsOf(100, { missingShards }))
    expect(run).toNotRegress(options)
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      comparison: 'INCONCLUSIVE',
      notes: expect.arrayContaining(['shard 2 of 3 of run ci-7 is missing: the last level of this spec may be in it']),
    })
    const slower = measured({ series: around(200) }, runsOf(100, { missingShards }))
    expect(() => expect(slower.run).toNotRegress(options)).toThrow('REGRESSED')
  })

  test('fails as REGRESSED, with the numbers and how to accept them', () => {
    const { run, records } = measured({ series: around(200) }, runsOf(100))
    expect(() => expect(run).toNotRegress()).toThrow(
      /^expected no regression\n {2}measured: REGRESSED against the last 5 runs\n {2}p50 latency REGRESSED · 100 ms → 200 ms · \+100 % /,
    )
    expect(() => expect(run).toNotRegress()).toThrow('run again with -u to accept it as the new baseline')
    expect(records[0]).toMatchObject({ verdict: 'fail', comparison: 'REGRESSED' })
  })

  test('is the only verdict that satisfies its negation', () => {
    expect(measured({ series: around(200) }, runsOf(100)).run).not.toNotRegress()
    expect(() => expect(measured({ series: around(100) }, runsOf(100)).run).not.toNotRegress()).toThrow(
      'expected a regression',
    )
    expect(() => expect(measured().run).not.toNotRegress()).toThrow('expected a regression')
  })

  test('accepts whatever it is under -u, but not for the negation', () => {
    const { run, records } = measured({ series: around(200) }, runsOf(100, { update: 'all' }))
    expect(run).toNotRegress()
    expect(records[0]).toMatchObject({
      verdict: 'pass',
      comparison: 'REGRESSED',
      notes: expect.arrayContaining(['accepting this run as the new baseline']),
    })
    expect(run).not.toNotRegress()
  })

  test('is a weak pass when the data cannot tell', () => {
    const { run, records } = measured({ series: around(108) }, reference({ history: runsOf(100).history.slice(0, 1) }))
    expect(run).toNotRegress()
    expect(records[0]).toMatchObject({ verdict: 'weak', comparison: 'INCONCLUSIVE' })
    expect(records[0]!.notes![0]).toMatch(/^the data cannot exclude a regression: \d+ more runs would decide$/)
  })

  test('says on the first run what becomes of it', () => {
    const { run, records } = measured()
    expect(run).toNotRegress()
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      comparison: 'INCOMPARABLE',
      measured: 'INCOMPARABLE: there is no reference run',
      notes: ['first run: this one becomes the provisional baseline if the test passes'],
    })
  })

  test('says in CI that nothing is written there', () => {
    const { run, records } = measured({}, reference({ update: 'none' }))
    expect(run).toNotRegress()
    expect(records[0]!.notes).toEqual([
      'there is no comparable run, and CI, or a branch outside acceptOn, writes no baseline: run it with -u where one is written, and commit .perf/baselines',
    ])
  })

  test('fails without a decision under onInconclusive: fail, except under -u', () => {
    const strict = { plan: plan({ onInconclusive: 'fail' }) }
    const { run, records } = measured(strict)
    expect(() => expect(run).toNotRegress()).toThrow("a weak pass fails under onInconclusive: 'fail'")
    expect(records[0]).toMatchObject({ verdict: 'fail' })
    expect(measured(strict, reference({ update: 'all' })).run).toNotRegress()
  })

  test('cannot judge a measurement that no load made', () => {
    expect(() => expect(new Measurement(measurementData())).toNotRegress()).toThrow(
      'cannot judge: no regression: this measurement came without a reference',
    )
  })

  test('takes whole loads and known options only', () => {
    const { run } = measured()
    expect(() => expect(run.step(0)).toNotRegress()).toThrow('toNotRegress: got of step 1 (10/s), takes a whole load')
    expect(() => expect(run).toNotRegress({ margin: '10 parsecs' as '1%' })).toThrow(
      "toNotRegress({ margin }): got '10 parsecs'",
    )
    expect(() => expect(run).toNotRegress({ metrics: ['p99' as 'qps'] })).toThrow(
      'toNotRegress({ metrics }): got ["p99"]',
    )
    expect(() => expect(run).toNotRegress({ tolerance: 1 } as object)).toThrow(
      "unknown option 'tolerance', takes { margin?, metrics?, assumedRunCv? }",
    )
  })
})

describe('toBeFasterThan', () => {
  const [fast, slow] = [measured({ series: around(50) }), measured({ series: around(100) })]

  test('passes when the median is surely lower', () => {
    expect(fast.run).toBeFasterThan(slow.run)
    expect(fast.run).toBeFasterThan(slow.run, { by: '20%' })
    expect(fast.records[0]).toMatchObject({
      verdict: 'pass',
      claim: "p50 latency at least 3 % lower than the other's",
      comparison: 'IMPROVED',
    })
    expect(() => expect(fast.run).not.toBeFasterThan(slow.run)).toThrow(
      "expected p50 latency not at least 3 % lower than the other's",
    )
  })

  test('fails when it is surely not, and then its negation holds', () => {
    expect(() => expect(slow.run).toBeFasterThan(fast.run)).toThrow(
      "expected p50 latency at least 3 % lower than the other's",
    )
    expect(slow.run).not.toBeFasterThan(fast.run)
    expect(fast.run).not.toBeFasterThan(slow.run, { by: '80%' })
  })

  test('is weak when it is faster, but perhaps by less', () => {
    const { run, records } = measured({ series: around(50) })
    expect(run).toBeFasterThan(slow.run, { by: '45%' })
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      notes: expect.arrayContaining(['it is faster, but perhaps by less than 45 %']),
    })
  })

  test('cannot judge what noise could explain, one way or the other', () => {
    const near = measured({ series: around(95) })
    expect(() => expect(near.run).toBeFasterThan(slow.run)).toThrow(
      "cannot judge: p50 latency at least 3 % lower than the other's: too noisy to tell",
    )
    expect(() => expect(near.run).not.toBeFasterThan(slow.run)).toThrow('cannot judge')
    expect(near.records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
  })

  test('cannot judge against an invalid measurement', () => {
    const { run } = measured({ series: around(100), validity: INVALID })
    expect(() => expect(fast.run).toBeFasterThan(run)).toThrow('the other measurement is invalid')
    expect(() => expect(slow.run).not.toBeFasterThan(run)).toThrow('the other measurement is invalid')
  })

  test('says when the other measurement is suspect', () => {
    const one = measured({ series: around(50) })
    expect(one.run).toBeFasterThan(measured({ series: around(100), validity: SUSPECT }).run)
    expect(one.records[0]!.notes).toContain(
      'the other measurement is suspect: latency rose during the window; warm up longer',
    )
  })

  test('takes a measurement and a share', () => {
    expect(() => expect(fast.run).toBeFasterThan({} as Measurement)).toThrow(
      'toBeFasterThan(other): got {}, takes what load() returned',
    )
    expect(() => expect(fast.run).toBeFasterThan(slow.run, { by: 1 })).toThrow(
      'toBeFasterThan(other, { by }): got 1, takes a share above 0 and below 1',
    )
  })
})

describe('toMatchBaseline', () => {
  const named = (ms: number, name: string, hardHash = 'abc'): Baseline => {
    const { history } = runsOf(ms)
    return {
      schema: 'perf/baseline@1',
      name,
      specId: { file: 'a.perf.ts', path: ['holds'], label: '' },
      fingerprint: { ...reference().fingerprint, hard: { gpuModel: 'L4' }, hardHash },
      acceptedAt: '2025-11-19T00:00:00.000Z',
      reason: null,
      runs: history,
    }
  }
  const against = (ms: number, ...baselines: readonly Baseline[]) =>
    measured({ series: around(ms) }, reference({ named: baselines }))

  test('compares with the baseline of that name and no other', () => {
    const { run, records } = against(100, named(100, 'fp16'), named(50, 'int4'))
    expect(run).toMatchBaseline('fp16', { tolerance: '20%' })
    expect(() => expect(run).toMatchBaseline('int4', { tolerance: '20%' })).toThrow(
      /expected baseline 'int4' matched within 20 %\n {2}measured: REGRESSED against baseline "int4" \(5 runs\)/,
    )
    expect(records.map(({ verdict, comparison }) => [verdict, comparison])).toEqual([
      [expect.stringMatching(/pass|weak/), expect.stringMatching(/OK|INCONCLUSIVE/)],
      ['fail', 'REGRESSED'],
    ])
  })

  test.each([
    ['there is none', [named(100, 'int4')], /cannot judge: .*there is no baseline 'fp16' of this spec/],
    ['it is of another machine', [named(100, 'fp16', 'else')], /cannot judge: .*gpuModel was L4/],
  ])('cannot be judged where %s, under .not too', (_what, baselines, message) => {
    const { run } = against(100, ...baselines)
    expect(() => expect(run).toMatchBaseline('fp16')).toThrow(message)
    expect(() => expect(run).not.toMatchBaseline('fp16')).toThrow(message)
  })

  test('refuses what is no name, and unknown options', () => {
    const { run } = against(100, named(100, 'fp16'))
    expect(() => expect(run).toMatchBaseline('')).toThrow(/got '', takes the name of a baseline/)
    expect(() => expect(run).toMatchBaseline('fp16', { margin: 1 } as object)).toThrow(/unknown option 'margin'/)
  })
})
