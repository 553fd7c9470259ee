import { expect, test } from 'vitest'
import { MATCHERS } from '../../../src/matchers/register.ts'
import { measured, series, spread } from '../../support/measurement-builder.ts'

const REFUSED = {
  request: 'chat',
  kind: 'connection',
  detail: 'ECONNREFUSED',
  message: 'connection refused',
  count: 3,
} as const
const lossy = (good: number, outcomes: NonNullable<Parameters<typeof series>[0]>['outcomes']) =>
  measured({
    series: series({ latencies: spread(good, 10_000, 20_000), ...(outcomes && { outcomes }) }),
    errors: [REFUSED],
  })

test('an error rate of 0 of 600 is below 1 %, weakly below 0.1 %', () => {
  const { run, records } = measured()
  expect(run).toHaveErrorRateBelow('1%')
  expect(run).toHaveErrorRateBelow(0.001)
  expect(records).toMatchObject([
    {
      verdict: 'pass',
      claim: 'error rate below 1 %',
      measured: '0 % [0 %, 0.636 %], 0 of 600 requests',
      distance: '1 pp under',
    },
    {
      verdict: 'weak',
      claim: 'error rate below 0.1 %',
      notes: ['the 95 % upper bound 0.498 % is not below the limit: more requests narrow it'],
    },
  ])
})

test('dropped and missed requests are errors too', () => {
  const { run } = lossy(597, { failedByKind: { connection: 1 }, dropped: 1, missed: 1 })
  expect(() => expect(run).toHaveErrorRateBelow('0.5%')).toThrow('0.5 % [0.17 %, 1.46 %], 3 of 600 requests')
  expect(() => expect(run).toHaveNoErrors()).toThrow(
    'expected no errors\n  measured: 1 failed, 1 dropped, 1 missed of 600 requests',
  )
})

test('an error rate at the limit fails and says which error it was', () => {
  const { run, records } = lossy(990, { failedByKind: { connection: 10 } })
  expect(() => expect(run).toHaveErrorRateBelow('1%')).toThrow(
    'most frequent error: connection ECONNREFUSED on chat, 3 of 10 failures: connection refused',
  )
  expect(run).not.toHaveErrorRateBelow('1%')
  expect(records).toMatchObject([
    { verdict: 'fail' },
    { verdict: 'weak', notes: ['the interval straddles the limit: more requests could decide otherwise'] },
  ])
})

test('a high error rate surely denies the claim', () => {
  const { run, records } = lossy(500, { failedByKind: { connection: 500 } })
  expect(run).not.toHaveErrorRateBelow('1%')
  expect(records[0]).toMatchObject({ verdict: 'pass' })
})

test('a timeout rate counts timeouts only', () => {
  const { run } = lossy(9_000, { failedByKind: { timeout: 500, http: 500 } })
  expect(run).toHaveTimeoutRateBelow('6%')
  expect(() => expect(run).toHaveTimeoutRateBelow('5%')).toThrow('expected timeout rate below 5 %')
})

test('no errors is a fact, and so is its negation', () => {
  const { run, records } = measured()
  expect(run).toHaveNoErrors()
  expect(() => expect(run).not.toHaveNoErrors()).toThrow('expected errors')
  expect(lossy(10, { dropped: 1 }).run).not.toHaveNoErrors()
  expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'fail'])
})

test.each(['toHaveErrorRateBelow', 'toHaveTimeoutRateBelow', 'toHaveNoErrors'])(
  '%s cannot judge a load without a request',
  (name) => {
    const { run } = measured({ series: series({ latencies: [] }) })
    expect(() => MATCHERS[name]!.call({ isNot: false }, run, '1%')).toThrow('cannot judge')
    expect(() => MATCHERS[name]!.call({ isNot: true }, run, '1%')).toThrow('cannot judge')
  },
)
