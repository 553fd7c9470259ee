import { expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { measured, series, spread } from '../../support/measurement-builder.ts'

test('a mean passes, is weak or fails by its bound', () => {
  const { run, records } = measured()
  expect(run).toHaveMeanBelow('82ms')
  expect(run).toHaveMeanBelow('80.5ms')
  expect(() => expect(run).toHaveMeanBelow('80ms')).toThrow(
    'expected mean latency below 80 ms\n  measured: 80 ms [78.6 ms, 81.4 ms], sd 17.4 ms, n = 600\n  distance: exactly at the limit',
  )
  expect(run).not.toHaveMeanBelow('70ms')
  expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'weak', 'fail', 'pass'])
})

test('a mean of few values is weak', () => {
  const { run, records } = measured({ series: series({ latencies: spread(29, 10_000, 20_000) }) })
  expect(run).toHaveMeanBelow('1s')
  expect(records[0]).toMatchObject({ verdict: 'weak', notes: ['n = 29 is too small for a mean: it takes 30 values'] })
})

test('one failed request makes mean and max infinite', () => {
  const { run } = measured({ series: series({ outcomes: { failedByKind: { http: 1 } } }) })
  expect(() => expect(run).toHaveMeanBelow('1h')).toThrow(
    "measured: ∞, n = 601, 1 of them failed, dropped or missed; the others' mean is 80 ms, sd 17.4 ms",
  )
  expect(() => expect(run).toHaveMaxBelow('1h')).toThrow(
    "measured: ∞, n = 601, 1 of them failed, dropped or missed; the others' max is 110 ms",
  )
})

test('a maximum is a fact of the load, never weak', () => {
  const { run, records } = measured()
  expect(run).toHaveMaxBelow('110.001ms')
  expect(() => expect(run).toHaveMaxBelow('110ms')).toThrow('expected max latency below 110 ms')
  expect(run).not.toHaveMaxBelow('110ms')
  expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'pass'])
})

test('stages have means and maxima', () => {
  const { run, records } = measured({ series: series({ distributions: { 'stage:queue': spread(600, 1_000, 3_000) } }) })
  expect(run.stage('queue')).toHaveMeanBelow('3ms')
  expect(run.stage('queue')).toHaveMaxBelow('4ms')
  expect(records.map(({ claim }) => claim)).toEqual([
    'mean of stage "queue" below 3 ms',
    'max of stage "queue" below 4 ms',
  ])
})
