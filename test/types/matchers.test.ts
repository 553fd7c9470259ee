import { expectTypeOf } from 'expect-type'
import { expect, test } from 'vitest'
import type { PerfMeta } from '../../src/domain/perf-meta.ts'
import type { PerfMatchers } from '../../src/matchers/augmentation.ts'
import { expect as perfExpect } from '../../src/matchers/perf-expect.ts'
import { MATCHERS } from '../../src/matchers/register.ts'
import type { MeasurementView } from '../../src/measure/measurement.ts'

/** Checked by the compiler; the calls themselves never run. */
const claims = (run: MeasurementView): void => {
  expectTypeOf(expect(run).toHaveP99Below)
    .parameter(0)
    .toEqualTypeOf<number | `${number}${'us' | 'ms' | 's' | 'm' | 'h'}`>()
  expectTypeOf(expect(run).toHaveP99Below('1s')).toEqualTypeOf<void>()
  expectTypeOf(expect(run).not.toHaveErrorRateBelow).toBeCallableWith('1%')
  expectTypeOf(expect.soft(run).toSustainQps).toBeCallableWith(10)
  expectTypeOf(perfExpect.soft(run).toSustainQps).toBeCallableWith(10)
  expectTypeOf(expect(run).toHaveTtftBelow).toBeCallableWith('400ms', { percentile: 95 })
  expectTypeOf(expect(run).toHaveGoodputAbove).toBeCallableWith(5, { latency: '1.5s' })
  expectTypeOf(expect(run).toNotRegress).toBeCallableWith({ metrics: ['latency.p50', 'qps'], margin: '5%' })
  expectTypeOf(expect(run).toStaySteady).toBeCallableWith({ metric: 'latency', growth: '10%', atLeast: '5m' })
  expectTypeOf(expect(run).toNotLeakMemory).toBeCallableWith({ growth: 0.1 })
  // Vitest 5 has a `toBeFasterThan` of its own, so that this one needs our `expect`.
  expectTypeOf(perfExpect(run).toBeFasterThan).toBeCallableWith(run, { by: '10%' })
  expectTypeOf(perfExpect(run).not.toBeFasterThan).toBeCallableWith(run)
  expectTypeOf(perfExpect(run).toHaveP99Below).toEqualTypeOf<PerfMatchers['toHaveP99Below']>()
  expectTypeOf(perfExpect(run).toMatchObject).toBeFunction()
  expectTypeOf(perfExpect(3).toBe).toBeFunction()
  expectTypeOf(expect(run).toHaveNoErrors).parameters.toEqualTypeOf<[]>()
  expect([run]).toEqual([expect.toHaveP99Below('1s')])
  // @ts-expect-error a duration has a unit
  expect(run).toHaveP99Below('10 parsecs')
  // @ts-expect-error an unknown option
  expect(run).toHaveTtftBelow('1s', { percentil: 95 })
  // @ts-expect-error an unknown metric
  expect(run).toNotRegress({ metrics: ['p99'] })
}

test("our expect is Vitest's", () => {
  expect(perfExpect).toBe(expect)
})

test('every declared matcher is registered, and no other', () => {
  expectTypeOf(claims).toBeFunction()
  expectTypeOf<keyof PerfMatchers>().toExtend<string>()
  for (const name of Object.keys(MATCHERS)) expect(expect(null)).toHaveProperty(name)
  expect(Object.keys(MATCHERS)).toHaveLength(22)
})

test("a test's meta carries what the reporter reads", ({ task }) => {
  expectTypeOf(task.meta.perf).toEqualTypeOf<PerfMeta | undefined>()
  expect(task.meta.perf).toBeUndefined()
})
