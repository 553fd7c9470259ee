import { describe, expect, test } from 'vitest'
import { type WarmupEnd, WarmupWatch } from '../../../src/measure/warmup-watch.ts'
import { liveSecond } from '../../support/live-second.ts'

const BOUNDS = { fromUs: 0, longestUs: 60e6, mostRequests: null }

/** Feeds a warm-up with `rate` answers a second around a level; @returns its end and the second in which it came */
function warmUp(
  level: (second: number) => number | null,
  { rate = 100, bounds = BOUNDS }: { rate?: number; bounds?: typeof BOUNDS | { mostRequests: number } } = {},
): WarmupEnd & { atSecond: number } {
  const watch = new WarmupWatch({ ...BOUNDS, ...bounds })
  for (let second = 0; second < 1000; second++) {
    const us = level(second)
    const latencies = us === null ? [] : Array.from({ length: rate }, (_, i) => us * (0.9 + (0.2 * i) / rate))
    const end = watch.take(liveSecond(second, latencies))
    if (end !== null) return { ...end, atSecond: second + 1 }
  }
  throw new Error('the warm-up never ended')
}

describe('an automatic warm-up', () => {
  test('is over after five steady seconds', () => {
    expect(warmUp(() => 20_000)).toMatchObject({ steady: true, atSecond: 5 })
  })

  test.each([200_000, 40_000, 2000])('waits for a cold start at %d us to pass, and no longer', (coldUs) => {
    // What follows is not quite alike: real medians never are.
    const level = (second: number): number => (second < 3 ? coldUs : 20_000 + [90, 20, 60, 0, 30][second % 5]!)
    expect(warmUp(level)).toMatchObject({ steady: true, atSecond: 8 })
  })

  test('waits while the median falls slowly, though five neighbours are alike', () => {
    // 1.5 % a second: 6 % over five buckets.
    const { steady, atSecond } = warmUp((second) => 20_000 * Math.max(0.7, 1 - 0.015 * second))
    expect(steady).toBe(true)
    expect(atSecond).toBeGreaterThanOrEqual(20)
  })

  test('takes buckets that are long enough for 30 answers', () => {
    expect(warmUp(() => 20_000, { rate: 12 })).toMatchObject({ steady: true, atSecond: 15 })
  })

  test('is ended unsteady at its bound, with the figures', () => {
    const { steady, atSecond, reason } = warmUp((second) => (second % 2 === 0 ? 20_000 : 30_000), {
      bounds: { ...BOUNDS, longestUs: 9.5e6 },
    })
    expect({ steady, atSecond }).toEqual({ steady: false, atSecond: 9 })
    expect(reason).toMatch(
      /^was not steady: its last 5 buckets of 1 s had medians from 20 ms to 30 ms, 50 % apart \(limit 10 %\)$/,
    )
  })

  test('says that it is still falling', () => {
    const { reason } = warmUp((second) => 20_000 * (1 - 0.015 * second), { bounds: { ...BOUNDS, longestUs: 8e6 } })
    expect(reason).toMatch(/and its seconds still fell, by 1\d %$/)
  })

  test('cannot be steady where there are too few answers, or none', () => {
    const bounds = { ...BOUNDS, longestUs: 10e6 }
    expect(warmUp(() => 20_000, { rate: 5, bounds })).toMatchObject({ steady: false, atSecond: 10 })
    expect(warmUp(() => null, { bounds }).reason).toMatch(/fewer than the 5 buckets of 30 answers/)
  })

  test('looks only at what comes after the climb', () => {
    const bounds = { ...BOUNDS, fromUs: 4e6 }
    expect(warmUp(() => 20_000, { bounds })).toMatchObject({ steady: true, atSecond: 9 })
  })

  test('by count ends when a third has been used up', () => {
    const bounds = { mostRequests: 250 }
    expect(warmUp(() => 20_000, { bounds })).toMatchObject({ steady: false, atSecond: 3 })
  })
})
