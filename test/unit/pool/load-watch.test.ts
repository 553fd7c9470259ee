import { describe, expect, test, vi } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { planClock } from '../../../src/pool/plan-clock.ts'
import { LoadWatch } from '../../../src/pool/load-watch.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'
import { delta, distributionOf, series } from '../measure/builders.ts'

/** A watch over one generator whose good answers took this long in each second. */
function watched(plan: Partial<LoadPlan>) {
  const load = {
    open: vi.fn<() => void>(),
    found: vi.fn<(finding: unknown) => void>(),
    abort: vi.fn<(reason: string) => void>(),
  }
  const built = loadPlan(arrivals(40, 30 * SECOND), plan)
  const watch = new LoadWatch(built, planClock(built), load)
  const second = (index: number, latencyUs: number): void => {
    const latency = distributionOf(Array.from({ length: 40 }, (_, i) => latencyUs + i))
    const outcomes = { ...NO_OUTCOMES, attempted: 40, good: 40 }
    watch.add(delta(index, { series: [series({ outcomes, distributions: { latency } })] }))
  }
  return { load, watch, second }
}

describe('a watch over an automatic warm-up', () => {
  test('opens once it is steady, and finds nothing wrong', () => {
    const { load, watch, second } = watched({ warmup: { kind: 'auto' } })
    expect(watch.note).toBe('until steady')
    for (let i = 0; i < 4; i++) second(i, 20_000)
    expect(load.open).not.toHaveBeenCalled()
    for (let i = 4; i < 20; i++) second(i, 20_000)
    expect(load.open).toHaveBeenCalledTimes(1)
    expect(load.found).not.toHaveBeenCalled()
    expect(watch.note).toBeNull()
  })

  test('opens at a third of the duration all the same, and the measurement is suspect', () => {
    const { load, watch, second } = watched({ warmup: { kind: 'auto' } })
    for (let i = 0; i < 9; i++) second(i, 20_000 + i * 5000)
    expect(load.open).not.toHaveBeenCalled()
    second(9, 80_000)
    expect(load.open).toHaveBeenCalledTimes(1)
    expect(load.found).toHaveBeenCalledWith(expect.objectContaining({ cause: 'not-steady', severity: 'suspect' }))
    expect(watch.note).toBe('warm-up never steady')
  })

  test('leaves a warm-up of a known length alone', () => {
    const { load, watch, second } = watched({ warmup: { kind: 'duration', durationUs: 5e6 } })
    for (let i = 0; i < 20; i++) second(i, 20_000)
    expect(load.open).not.toHaveBeenCalled()
    expect(watch.note).toBeNull()
  })
})
