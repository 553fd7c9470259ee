import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../../src/domain/scenario.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { ServicesMeasurement } from '../../../src/measure/services-measurement.ts'
import type { LoadFixture } from '../../../src/spec/perf-test.ts'
import { claimsOf } from '../../../src/declarative/suite-claims.ts'
import { judgedBy, suiteLoad } from '../../../src/spec/suite-load.ts'
import { httpScenario } from '../../support/load-plan.ts'
import { measured } from '../../support/measurement-builder.ts'

const qwen: Scenario = { name: 'qwen', plan: () => httpScenario('http://127.0.0.1:1/') }
const SCENARIOS: Parameters<typeof suiteLoad>[3] = new Map([['qwen', qwen]])
const RATE = { scenario: 'qwen', rate: 5, duration: '30s' } as const

describe('a load as data', () => {
  test('of several services names a scenario and a profile for each, and options for all', async () => {
    const checked = suiteLoad('x', [], { services: { llm: RATE, tts: RATE }, warmup: '5s' }, SCENARIOS)
    expect(checked.nothing).toBeInstanceOf(ServicesMeasurement)
    const calls: unknown[][] = []
    await checked.apply(((...call: unknown[]) => {
      calls.push(call)
      return Promise.resolve(checked.nothing)
    }) as unknown as LoadFixture)
    const pair = [qwen, { rate: 5, duration: '30s' }]
    expect(calls).toEqual([[{ llm: pair, tts: pair }, { warmup: '5s' }]])
  })

  test.each<readonly [string, unknown, RegExp]>([
    [
      'an unknown scenario',
      { services: { llm: { ...RATE, scenario: 'llama' } } },
      /^x\.services\.llm.*got 'llama', takes one of qwen/,
    ],
    [
      'a wrong option of a service',
      { services: { llm: { ...RATE, rate: 0 } } },
      /^x: load\(services\): llm: option rate: got 0/,
    ],
    ['a profile for all', { services: { llm: RATE }, rate: 5 }, /^x: load\(services, common\): unknown option rate/],
  ])('is checked before it runs: %s', (_, load, message) => {
    expect(() => suiteLoad('x', [], load as never, SCENARIOS)).toThrow(message)
  })
})

test('claims under the name of a service are about that service, all others about the whole', () => {
  const { run } = measured()
  const services = new ServicesMeasurement({ llm: run, tts: measured().run })
  const claims = claimsOf({ toHaveNoErrors: true, llm: { toSustainQps: 5 } }, services.services)
  expect(claims).toEqual([
    { service: null, matcher: 'toHaveNoErrors', argument: true },
    { service: 'llm', matcher: 'toSustainQps', argument: 5 },
  ])
  expect(claims.map((claim) => judgedBy(claim, services))).toEqual([services, run])
  expect(judgedBy(claims[1]!, services)).toBeInstanceOf(Measurement)
})
