import { describe, expect, test } from 'vitest'
import { LoadError } from '../../../src/domain/load-error.ts'
import type { Duration } from '../../../src/domain/quantity.ts'
import { MATCHERS } from '../../../src/matchers/register.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { INVALID, measured, measurementData, plan, series, spread, SUSPECT } from '../../support/measurement-builder.ts'

function caught(act: () => void): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('an invalid measurement', () => {
  const claims: [string, readonly unknown[]][] = [
    ['toHaveP99Below', ['1h']],
    ['toHaveMeanBelow', ['1h']],
    ['toHaveMaxBelow', ['1h']],
    ['toSustainQps', [1]],
    ['toSustainTokensPerSecond', [1]],
    ['toHaveErrorRateBelow', ['50%']],
    ['toHaveTimeoutRateBelow', ['50%']],
    ['toHaveNoErrors', []],
    ['toHaveTtftBelow', ['1h']],
    ['toHaveTpotBelow', ['1h']],
    ['toHaveInterChunkLatencyBelow', ['1h']],
    ['toNotRegress', []],
    ['toBeFasterThan', [new Measurement(measurementData())]],
  ]

  test.each(claims)('cannot be judged by %s, nor by its negation', (name, args) => {
    for (const isNot of [false, true]) {
      const { run, records } = measured({ validity: INVALID })
      expect(caught(() => MATCHERS[name]!.call({ isNot }, run, ...args)).message).toMatch(
        /^cannot judge: .*: invalid: pacer lag p99 14 ms is over 2 ms; use more generators$/,
      )
      expect(records).toMatchObject([{ verdict: 'invalid', matcher: name, negated: isNot }])
    }
  })

  test('is judged under onInvalid: warn, but never more than weakly', () => {
    const { run, records } = measured({ validity: INVALID, plan: plan({ onInvalid: 'warn', onInconclusive: 'fail' }) })
    expect(run).toHaveP99Below('120ms')
    expect(() => expect(run).toHaveP99Below('100ms')).toThrow(
      'invalid: pacer lag p99 14 ms is over 2 ms; use more generators',
    )
    expect(records).toMatchObject([
      { verdict: 'weak', notes: ['invalid: pacer lag p99 14 ms is over 2 ms; use more generators'] },
      { verdict: 'fail' },
    ])
  })
})

test('a suspect measurement is judged and marked', () => {
  const { run, records } = measured({ validity: SUSPECT })
  expect(run).toHaveP99Below('120ms')
  expect(records[0]).toMatchObject({
    verdict: 'pass',
    notes: ['suspect: latency rose during the window; warm up longer'],
  })
})

test('a weak pass fails under onInconclusive: fail, negated or not', () => {
  const { run, records } = measured({ plan: plan({ onInconclusive: 'fail' }) })
  expect(() => expect(run).toHaveP99Below('109.6ms')).toThrow("a weak pass fails under onInconclusive: 'fail'")
  expect(() => expect(run).not.toHaveP99Below('109.3ms')).toThrow("a weak pass fails under onInconclusive: 'fail'")
  expect(records.map(({ verdict }) => verdict)).toEqual(['fail', 'fail'])
})

test('a load without a context is judged without anybody hearing of it', () => {
  expect(new Measurement(measurementData())).toHaveP99Below('120ms')
})

describe('bad arguments', () => {
  const { run, records } = measured()
  const cases: [string, readonly unknown[], string][] = [
    ['toHaveP99Below', ['10 parsecs'], "toHaveP99Below(limit): got '10 parsecs', takes a duration such as '250ms'"],
    ['toHaveP99Below', [-1], 'toHaveP99Below(limit): got -1, takes a duration'],
    ['toHaveP99Below', [NaN], 'toHaveP99Below(limit): got NaN, takes a duration'],
    ['toHaveP99Below', [0], 'toHaveP99Below(limit): got 0, takes a duration above 0'],
    ['toHaveP99Below', [], 'toHaveP99Below(limit): got undefined, takes a duration'],
    [
      'toHavePercentileBelow',
      [100, '1s'],
      'toHavePercentileBelow(p): got 100, takes a percentile above 0 and below 100',
    ],
    ['toHavePercentileBelow', ['p99', '1s'], 'write it as a number: 95 for p95'],
    ['toHaveTtftBelow', ['1s', { percentile: 0 }], 'toHaveTtftBelow(limit, { percentile }): got 0'],
    ['toHaveTtftBelow', ['1s', { percentil: 9 }], "unknown option 'percentil', takes { percentile? }"],
    ['toHaveTtftBelow', ['1s', 95], 'toHaveTtftBelow(..., options): got 95, takes { percentile? }'],
    ['toSustainQps', [0], 'toSustainQps(n): got 0, takes a number per second above 0'],
    ['toSustainQps', [Infinity], 'toSustainQps(n): got Infinity'],
    ['toHaveErrorRateBelow', ['150%'], "toHaveErrorRateBelow(share): got '150%', takes a share"],
    ['toHaveErrorRateBelow', [0], 'toHaveNoErrors() claims that nothing failed'],
  ]

  test.each(cases)('%s(%j) says what it takes', (name, args, message) => {
    const error = caught(() => MATCHERS[name]!.call({ isNot: false }, run, ...args))
    expect(error).toBeInstanceOf(LoadError)
    expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringContaining(message) })
    expect(records).toEqual([])
  })

  test('are refused before anything is judged, also on an invalid measurement', () => {
    expect(() => expect(measured({ validity: INVALID }).run).toHaveP99Below('10 parsecs' as Duration)).toThrow(
      'takes a duration',
    )
  })
})

describe('a wrong subject', () => {
  test('that is a promise is told to be awaited', () => {
    expect(() => expect(Promise.resolve(measured().run)).toHaveP99Below('1s')).toThrow(
      'await the load: const run = await load(...)',
    )
  })

  test.each([3, null, undefined, {}, 'run', measurementData()])('%# is refused, also by the negation', (received) => {
    expect(() => expect(received).toHaveNoErrors()).toThrow('takes what load() returned')
    expect(() => expect(received).not.toHaveNoErrors()).toThrow('takes what load() returned')
  })

  test('that is a stage is refused where stages have no numbers', () => {
    const { run } = measured({ series: series({ distributions: { 'stage:queue': spread(600, 1_000, 3_000) } }) })
    expect(() => expect(run.stage('queue')).toSustainQps(1)).toThrow(
      'toSustainQps: got of stage "queue", takes a load, a step or the requests of one name',
    )
  })
})

test("errors start at the reader's line, without a frame of ours", () => {
  const frames = (act: () => void): string[] =>
    caught(act)
      .stack!.split('\n')
      .filter((line) => line.includes('/src/'))
  expect(frames(() => expect(measured({ validity: INVALID }).run).toHaveNoErrors())).toEqual([])
  expect(frames(() => expect(measured().run).toHaveP99Below('10 parsecs' as Duration))).toEqual([])
})

describe('expect.soft', () => {
  const { run, records } = measured()

  test.fails('fails the test at its end', () => {
    expect.soft(run).toHaveP99Below('1ms')
    expect.soft(run).toHaveTtftBelow('1h')
    expect.soft(run).toHaveP99Below('1h')
  })

  test('goes on after a failure and after what cannot be judged', () => {
    expect(records.map(({ verdict }) => verdict)).toEqual(['fail', 'inconclusive', 'pass'])
  })
})

test('registering again does no harm', () => {
  expect.extend({ ...MATCHERS })
  expect(measured().run).toHaveNoErrors()
})
