import { describe, expect, test } from 'vitest'
import { ALERTS } from '../../../src/plan/alert-options.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { httpScenario } from '../../support/load-plan.ts'

const resolve = (alert: unknown) =>
  resolveLoad(
    httpScenario('http://127.0.0.1:1/'),
    { rate: 1, duration: '10s', ...(alert === undefined ? {} : { alert }) },
    {
      id: 'load',
      label: '',
      defaults: { onInvalid: 'fail', onInconclusive: 'warn', alerts: ALERTS.parse({ swap: '> 1GB' }) },
      readRows: () => {
        throw new Error('nothing is read')
      },
    },
  ).alerts

test('one alert or a list, in place of those of the project; without any, those of the project', () => {
  expect(resolve(undefined)).toMatchObject([{ name: 'swap' }])
  expect(resolve({ memory: '> 80%' })).toMatchObject([{ name: 'memory', heldUs: 10e6, inWarmup: true, abort: false }])
  expect(
    resolve([
      { errorRate: '> 5%', abort: true },
      { p99: '> 2s', for: '30s', skipWarmup: true },
    ]),
  ).toMatchObject([
    { kind: 'error-rate', limit: 0.05, abort: true, text: "{ errorRate: '> 5%', abort: true }" },
    { kind: 'percentile', percent: 99, limitUs: 2e6, heldUs: 30e6, inWarmup: false },
  ])
})

test.each([
  [{ cpu: '> 90%' }, ['cpuShare 0.9 share', 'cpuCores 0.9 share']],
  [{ cpu: '> 250%' }, ['cpuCores 2.5 share']],
  [{ cpu: '>1.5' }, ['cpuShare 1.5 cores', 'cpuCores 1.5 own']],
  [{ memory: '> 7.5GB' }, ['memory 7500000000 own', 'rss 7500000000 own']],
  [{ 'core:3': '> 0.95' }, ['core:3 0.95 own']],
  [{ networkSent: '> 100MB/s' }, ['networkSent 100000000 own']],
  [{ temperature: '> 85 °C' }, ['temperature 85 own']],
  [{ clock: '< 1.5GHz' }, ['clock 1500000000 own']],
  [{ threads: '> 400' }, ['threads 400 own']],
  [{ majorFaults: '> 10/s' }, ['majorFaults 10 own']],
])('%j is a limit in the unit of its metric', (option, limits) => {
  const [rule] = resolve(option)
  expect(
    rule?.kind === 'resource' && rule.limits.map(({ metric, value, form }) => `${metric} ${value} ${form}`),
  ).toEqual(limits)
})

describe('what is no alert', () => {
  test.each([
    [{ cpu: '90%' }, /option alert\.cpu: got '90%', takes a limit such as '> 90%'/],
    [{ cpu: '> 90%', memory: '> 80%' }, /takes an alert on one metric such as/],
    [{}, /takes an alert on one metric such as/],
    [{ gpuTemperaturre: '> 90' }, /option alert\.gpuTemperaturre: got '> 90', takes a metric in its place: one of/],
    [{ memory: '> 180%' }, /alert\.memory: got '> 180%', takes a limit such as '> 7\.5GB' or '> 80%' of all memory/],
    [{ temperature: '> 5GB' }, /alert\.temperature: got '> 5GB', takes a limit such as '> 85'/],
    [{ errorRate: '< 5%' }, /alert\.errorRate: got '< 5%', takes a limit such as '> 5%'/],
    [{ errorRate: '> 5%', of: 'host' }, /alert\.of: got 'host', takes no value beside errorRate/],
    [{ p99: '> 0s' }, /alert\.p99: got '> 0s', takes a limit such as '> 2s'/],
    [[{ cpu: '> 90%' }, { swap: '> 1' }], /alert\[1\]\.swap: got '> 1', takes a limit such as '> 7\.5GB'/],
    [[{ cpu: '> 90%' }, { cpu: '> 90%' }], /takes alerts that differ/],
    [{ cpu: '> 90%', for: 'long' }, /alert\.for: got 'long', takes a duration/],
    [[], /takes at least one alert/],
    ['cpu', /option alert: got 'cpu', takes an alert on one metric such as/],
  ])('%j says what it takes', (option, message) => {
    expect(() => resolve(option)).toThrow(message)
  })
})
