import { describe, expect, test } from 'vitest'
import { Recorder } from '../../../src/generator/recorder.ts'
import { TokenLedger } from '../../../src/generator/token-ledger.ts'
import { observation, streamed } from '../../support/observation.ts'

/** Warm-up until 1 s, window 0 until 3 s, window 1 until 5 s. */
const windowAt = (us: number): number => (us < 1e6 ? -1 : us < 3e6 ? 0 : us < 5e6 ? 1 : -1)

describe('a window that ends by count', () => {
  const left = observation({ ...streamed, scheduledAt: 900_000 })
  const windowsOf = (endsByCount: boolean): [window: number, completed: number, outputTokens: number][] => {
    const recorder = new Recorder({ windowAt, openLoad: false, endsByCount, slo: null })
    const series = recorder.series('get', 'iteration')
    for (const one of [left, observation(streamed)]) {
      const tokens = new TokenLedger([series], recorder.creditOf(one.scheduledAt))
      tokens.delta(1_080_000)
      tokens.settleWith(one)
      series.ended({ observation: one, gaps: [] })
    }
    return recorder
      .drain()
      .buckets.flatMap(({ window, completed, outputTokens }) =>
        completed > 0 ? [[window, completed, outputTokens] as [number, number, number]] : [],
      )
  }

  test('is not credited with what the warm-up left unfinished', () => {
    expect(windowsOf(true).sort(([a], [b]) => a - b)).toEqual([
      [-1, 1, 7],
      [0, 1, 7],
    ])
  })

  test('and one that ends by time is, as it leaves something itself', () => {
    expect(windowsOf(false)).toEqual([[0, 2, 14]])
  })
})
