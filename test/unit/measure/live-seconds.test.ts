import { describe, expect, test } from 'vitest'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { LiveSeconds } from '../../../src/measure/live-seconds.ts'
import type { GeneratorDelta } from '../../../src/pool/protocol.ts'
import { bucket, delta, distributionOf, series } from './builders.ts'

/** What a generator says at the end of a second, a little late as ever. */
function told(index: number, second: number, good: number, overrides: Partial<GeneratorDelta> = {}): GeneratorDelta {
  return delta(second, {
    index,
    atUs: (second + 1) * 1e6 + 7000,
    inFlight: 3,
    queued: 1,
    series: [
      series({
        outcomes: { ...NO_OUTCOMES, attempted: good, good },
        distributions: { latency: distributionOf(Array.from({ length: good }, (_, i) => 1000 + i)) },
      }),
    ],
    buckets: [bucket(second, { bytesReceived: 10 * good })],
    ...overrides,
  })
}

describe('the seconds of a running load', () => {
  test('come out when every generator has told them, added up', () => {
    const seconds = new LiveSeconds(2)
    seconds.add(told(0, 0, 5))
    expect(seconds.take()).toEqual([])
    seconds.add(told(1, 0, 7))
    const [first, ...more] = seconds.take()
    expect(more).toEqual([])
    expect(first).toMatchObject({ second: 0, outcomes: { attempted: 12, good: 12 }, bytesReceived: 120, backlog: 8 })
    expect(first!.latency.n).toBe(12)
    expect(seconds.take()).toEqual([])
  })

  test('are counted in all phases, and iterations only once', () => {
    const seconds = new LiveSeconds(1)
    const outcomes = { ...NO_OUTCOMES, attempted: 2, good: 1, failedByKind: { timeout: 1 } } as const
    const parts = [series({ outcomes, window: -1 }), series({ outcomes }), series({ outcomes, level: 'request' })]
    seconds.add(told(0, 0, 0, { series: parts }))
    expect(seconds.take()[0]!.outcomes).toMatchObject({ attempted: 4, good: 2, failedByKind: { timeout: 2 } })
  })

  test('that a generator told late, two at once, have its state in both', () => {
    const seconds = new LiveSeconds(1)
    seconds.add(told(0, 1, 5))
    expect(seconds.take().map(({ second, backlog, outcomes }) => [second, backlog, outcomes.good])).toEqual([
      [0, 4, 0],
      [1, 4, 5],
    ])
  })

  test('do not wait for a generator that has ended or was given up, nor take anything from it', () => {
    const seconds = new LiveSeconds(3)
    for (const index of [0, 1, 2]) seconds.add(told(index, 0, 1))
    seconds.take()
    seconds.add(told(0, 1, 1, { final: true }))
    seconds.lost(1)
    seconds.add(told(1, 1, 100))
    expect(seconds.take()).toEqual([])
    seconds.add(told(2, 1, 1))
    expect(seconds.take()[0]!.outcomes.good).toBe(2)
  })
})
