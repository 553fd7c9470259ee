import { describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import type { Measurement } from '../../../src/measure/measurement.ts'
import { course } from '../../support/course.ts'
import { measured, series, spread, step } from '../../support/measurement-builder.ts'

/** From 100 % at the start to `1 + rise` at the end, with a wave of a percent around it. */
const rising =
  (level: number, rise: number, seconds = 600) =>
  (second: number): number =>
    Math.round(level * (1 + (rise * second) / seconds + 0.01 * Math.sin(second * 2.1)))

const judgement = (run: Measurement, claim: (run: Measurement) => void): string => {
  try {
    claim(run)
    return 'passed'
  } catch (error) {
    return (error as Error).message
  }
}

describe('toStaySteady', () => {
  test('holds while latency and throughput stay where they are', () => {
    const { run, records } = measured(course({ seconds: 600, latencyUs: rising(80_000, 0) }))
    expect(run).toStaySteady()
    expect(records[0]).toMatchObject({
      verdict: 'pass',
      claim: 'p50 latency and throughput steady within 5 %',
      distance: expect.stringMatching(/pp under$/),
    })
    expect(records[0]!.measured).toMatch(
      /^p50 latency .*% \[.*\] over 10 min around 80.1 ms, trend p = .*; throughput 0 % /,
    )
    expect(judgement(run, (it) => expect(it).not.toStaySteady())).toMatch(
      'expected p50 latency and throughput not steady',
    )
  })

  test.each([
    ['rises', { latencyUs: rising(80_000, 0.2) }, 'p50 latency +18'],
    ['falls', { latencyUs: rising(80_000, -0.2) }, 'p50 latency −22'],
    ['falls while answers go missing', { completed: rising(100, -0.3) }, 'throughput −35'],
  ])('fails when a quantity %s by more than 5 %, and its negation holds', (_, how, found) => {
    const { run, records } = measured(course({ seconds: 600, ...how }))
    expect(judgement(run, (it) => expect(it).toStaySteady())).toContain(found)
    expect(run).not.toStaySteady()
    expect(records.map(({ verdict }) => verdict)).toEqual(['fail', 'pass'])
  })

  test('passes a drift that is proven but smaller than it may be', () => {
    const { run, records } = measured(course({ seconds: 600, latencyUs: rising(80_000, 0.03) }))
    expect(run).toStaySteady()
    expect(run).toStaySteady({ growth: '4%' })
    expect(() => expect(run).toStaySteady({ growth: '2%' })).toThrow('steady within 2 %')
    expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'fail'])
  })

  test('looks at one metric when asked to', () => {
    const { run } = measured(course({ seconds: 600, completed: rising(100, -0.3) }))
    expect(run).toStaySteady({ metric: 'latency' })
    expect(run).not.toStaySteady({ metric: 'throughput' })
  })

  test('is weak where noise could hide a drift', () => {
    const wild = (second: number): number => Math.round(80_000 * (1 + 0.9 * Math.sin(second ** 2)))
    const { run, records } = measured(course({ seconds: 600, latencyUs: wild }))
    expect(run).toStaySteady()
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      notes: ['the 95 % bounds of p50 latency do not exclude the opposite'],
    })
  })

  test('is weak where a change over the limit is not proven', () => {
    // A rise of a fifth under waves as long as a third of the window.
    const wave = (second: number): number => Math.round(80_000 * (1 + second / 3000 + 0.15 * Math.sin(second / 32)))
    const { run, records } = measured(course({ seconds: 600, latencyUs: wave }))
    expect(run).toStaySteady()
    expect(records[0]!.measured).toMatch(/^p50 latency \+1\d(\.\d)? % /)
    expect(records[0]!.verdict).toBe('weak')
  })

  test('cannot judge less than ten minutes, not even negated', () => {
    const { run, records } = measured(course({ seconds: 599, latencyUs: rising(80_000, 0.2) }))
    const reason =
      /^cannot judge: .*: the window is 9\.98 min long: a drift takes 10 min to be told\n +make the load longer/
    expect(() => expect(run).toStaySteady()).toThrow(reason)
    expect(() => expect(run).not.toStaySteady()).toThrow('cannot judge')
    expect(records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
  })

  test('judges less when told to, and is weak then', () => {
    const { run, records } = measured(course({ seconds: 60, latencyUs: rising(80_000, 0, 60) }))
    expect(run).toStaySteady({ atLeast: '1m' })
    expect(records[0]).toMatchObject({ verdict: 'weak', notes: ['under 10 min of data tell little of a drift'] })
  })

  test('a longer minimum than ten minutes is asked for as well', () => {
    const { run } = measured(course({ seconds: 600 }))
    expect(() => expect(run).toStaySteady({ atLeast: '1h' })).toThrow('a drift takes 60 min to be told')
  })

  test('cannot judge latencies that hardly any second has', () => {
    const { run } = measured(course({ seconds: 600, latencyUs: (second) => (second % 100 === 0 ? 5000 : null) }))
    expect(() => expect(run).toStaySteady()).toThrow('cannot judge')
  })

  test('a load of several steps is steady when each step is, however different they are', () => {
    const level = (second: number): number => (second < 600 ? 50_000 : 500_000)
    const parts = course({ seconds: 1200, latencyUs: level, completed: () => 10 })
    const [first, second] = [series(), series()]
    const whole = series({ latencies: spread(100, 1, 2) })
    const steps = [
      { ...step(0, 10, first), startUs: 0, endUs: 600e6 },
      { ...step(1, 100, second), startUs: 600e6, endUs: 1200e6 },
    ]
    const { run, records } = measured({ ...parts, series: whole, steps })
    expect(run).toStaySteady()
    expect(run.step(1)).toStaySteady()
    expect(records[0]!.measured).toContain('p50 latency of step 2')
    expect(records[1]!.claim).toBe('p50 latency and throughput of step 2 (100/s) steady within 5 %')
  })

  test('judges the longest stretch without a gap, and only weakly', () => {
    // The process of the load ended at 200 s; measuring went on at 400 s, at another level.
    const { run, records } = measured({
      ...course({ seconds: 1100, latencyUs: (second) => (second < 300 ? 10_000 : 80_000) }),
      gaps: [{ fromUs: 200e6, toUs: 400e6, reason: 'its process ended' }],
    })
    expect(run).toStaySteady()
    expect(records[0]).toMatchObject({
      verdict: 'weak',
      notes: ['the load has a gap: judged on 11.7 min without one, of 15 min'],
    })
    const { run: short } = measured({
      ...course({ seconds: 900 }),
      gaps: [{ fromUs: 400e6, toUs: 500e6, reason: 'its process ended' }],
    })
    expect(() => expect(short).toStaySteady()).toThrow(
      'the window is 6.67 min long, its longest part without a gap, of 13.3 min',
    )
  })

  test('says what it cannot look at, and which options it takes', () => {
    const { run } = measured({ ...course({ seconds: 600 }), requests: { login: series() } })
    expect(() => expect(run.scenario('login')).toStaySteady()).toThrow(
      'got of request "login", takes a whole load or a step',
    )
    expect(() => expect(run).toStaySteady({ metric: 'ttft' as 'latency' })).toThrow(
      "got 'ttft', takes 'latency' or 'throughput'",
    )
    expect(() => expect(run).toStaySteady({ growth: '5' as '5%' })).toThrow(
      "toStaySteady({ growth }): got '5', takes a share",
    )
    expect(() => expect(run).toStaySteady({ atleast: '5m' } as object)).toThrow("unknown option 'atleast'")
  })
})

describe('toNotLeakMemory', () => {
  test('holds under a collected heap', () => {
    const heap = (second: number): number => 100e6 + 40e6 * ((second % 45) / 45)
    const { run, records } = measured(course({ seconds: 600, rssBytes: heap }))
    expect(run).toNotLeakMemory()
    expect(records[0]!.claim).toBe('memory of process 4711 not growing over 5 %')
    expect(records[0]!.measured).toMatch(/^memory .* over 10 min around 1\d\d MB/)
  })

  test('fails on steady growth, also under a collected heap, and its negation holds', () => {
    const heap = (second: number): number => 100e6 + 40e6 * ((second % 45) / 45) + 50e3 * second
    const { run, records } = measured(course({ seconds: 600, rssBytes: heap }))
    expect(() => expect(run).toNotLeakMemory()).toThrow('expected memory of process 4711 not growing over 5 %')
    expect(run).not.toNotLeakMemory()
    expect(records.map(({ verdict }) => verdict)).toEqual(['fail', 'pass'])
  })

  test('memory that shrinks does not leak', () => {
    const { run, records } = measured(course({ seconds: 600, rssBytes: rising(200e6, -0.5) }))
    expect(run).toNotLeakMemory()
    expect(records[0]!.verdict).toBe('pass')
  })

  test('takes a declared process, and says how to declare it', () => {
    const { run } = measured(course({ seconds: 600 }))
    expect(() => expect(run).toNotLeakMemory()).toThrow(/no process was watched\n +hint: .*monitors: \{ process/)
  })

  test.each([
    ['could not be read', () => null, 'not readable in the window'],
    ['ended after a minute', (second: number) => (second < 60 ? 1e8 : null), 'was there for 60 s of the window only'],
  ])('cannot judge a process that %s', (_, rssBytes, reason) => {
    const { run } = measured(course({ seconds: 600, rssBytes }))
    expect(() => expect(run).toNotLeakMemory()).toThrow(reason)
    expect(() => expect(run).not.toNotLeakMemory()).toThrow('cannot judge')
  })

  test('cannot judge less than ten minutes unless told to', () => {
    const { run, records } = measured(course({ seconds: 120, rssBytes: rising(1e8, 1, 120) }))
    expect(() => expect(run).toNotLeakMemory()).toThrow('a drift takes 10 min to be told')
    expect(() => expect(run).toNotLeakMemory({ atLeast: '2m' })).toThrow('expected memory')
    expect(records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'fail'])
  })
})
