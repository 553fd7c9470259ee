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
    alerted: vi.fn<(change: unknown) => void>(),
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

describe('a watch over abort rules', () => {
  const slow = { kind: 'percentile', percent: 50, limitUs: 50_000, seconds: 3, inWarmup: true } as const

  test('ends the load by the first rule that is broken, once', () => {
    const { load, second } = watched({ abortOn: [{ kind: 'saturation', seconds: 10, inWarmup: true }, slow] })
    for (let i = 0; i < 5; i++) second(i, 20_000)
    for (let i = 5; i < 12; i++) second(i, 60_000)
    expect(load.abort.mock.calls).toEqual([
      ["abort rule { p50: '50ms', for: '3s' } after 8 s: p50 latency 60 ms, of 120 requests in the last 3 s"],
    ])
  })

  test('knows the warm-up, and ends nothing when only the last answers are awaited', () => {
    const warmup = { kind: 'duration', durationUs: 5 * SECOND } as const
    const { load, second } = watched({ warmup, abortOn: [{ ...slow, inWarmup: false }] })
    for (let i = 0; i < 7; i++) second(i, 60_000)
    expect(load.abort).not.toHaveBeenCalled()
    second(7, 60_000)
    expect(load.abort).toHaveBeenCalledTimes(1)
    const late = watched({ abortOn: [slow] })
    for (let i = 0; i < 28; i++) late.second(i, 20_000)
    for (let i = 28; i < 40; i++) late.second(i, 60_000)
    expect(late.load.abort).not.toHaveBeenCalled()
  })
})
