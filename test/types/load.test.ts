import { expectTypeOf } from 'expect-type'
import { expect, test } from 'vitest'
import type { Scenario } from '../../src/domain/scenario.ts'
import { expect as perfExpect } from '../../src/matchers/perf-expect.ts'
import type { Measurement } from '../../src/measure/measurement.ts'
import type { ServicesMeasurement } from '../../src/measure/services-measurement.ts'
import type { PerfFixtures } from '../../src/spec/perf-test.ts'
import type { RunningServer } from '../../src/spec/server-process.ts'

/** Checked by the compiler; the calls themselves never run. */
const calls = async ({ load, during }: PerfFixtures, chat: Scenario, service: RunningServer): Promise<void> => {
  const one = await load(chat, { rate: 5, duration: '30s' })
  expectTypeOf(one).toEqualTypeOf<Measurement>()
  const several = await load(
    { llm: [chat, { rate: 5, duration: '30s' }], tts: [chat, { users: 2, duration: '30s' }] },
    { warmup: '5s' },
  )
  expectTypeOf(several).toEqualTypeOf<ServicesMeasurement<'llm' | 'tts'>>()
  expectTypeOf(several.scenario('llm')).toEqualTypeOf<Measurement>()
  // @ts-expect-error an unknown service
  several.scenario('asr')
  // @ts-expect-error rates belong to a service
  expect(several.qps).toBeGreaterThan(1)
  // @ts-expect-error a service is a pair
  await load({ llm: chat })
  // @ts-expect-error an unknown common option
  await load({ llm: [chat, { rate: 5, duration: '30s' }] }, { warmUp: '5s' })
  perfExpect(several).toHaveP99Below('1s')
  perfExpect(several).not.toHaveP99Below('1s')
  perfExpect(one).toRecoverWithin('5s', { slo: { goodFraction: '95%' }, after: 'deploy' })
  const acted = await during(load(chat, { rate: 5, duration: '30s' }), async ({ at, kill, mark }) => {
    await at('10s')
    await kill(service)
    await kill(4711, 'SIGSTOP')
    await mark('back')
  })
  expectTypeOf(acted).toEqualTypeOf<Measurement>()
  expectTypeOf(acted.availability).toEqualTypeOf<number | null>()
  expectTypeOf(acted.lost.connection).toEqualTypeOf<number>()
}

test('what load() and during() take and give is checked by the compiler', () => {
  expectTypeOf(calls).toBeFunction()
  expect(calls).toBeTypeOf('function')
})
