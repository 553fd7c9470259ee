import { expect, test } from 'vitest'
import { WarmupWatch } from '../../src/measure/warmup-watch.ts'
import { liveSecond } from '../support/live-second.ts'
import { Random } from './random.ts'

const TRIALS = 60
const RATE = 100
/** Standard deviation of the logarithm of a latency. */
const SIGMA = 0.3

/** Opens warm-ups of a target whose median is `level` times its final one; @returns the sorted seconds of the openings */
function openings(level: (second: number) => number, longestSeconds: number, seed: number): number[] {
  const random = new Random(seed)
  return Array.from({ length: TRIALS }, () => {
    const watch = new WarmupWatch({ fromUs: 0, longestUs: longestSeconds * 1e6, mostRequests: null })
    for (let second = 0; ; second++) {
      const latencies = Array.from({ length: RATE }, () => 50_000 * level(second) * Math.exp(SIGMA * random.normal()))
      const end = watch.take(liveSecond(second, latencies))
      if (end !== null) return end.steady ? second + 1 : Infinity
    }
  }).sort((a, b) => a - b)
}

test('a target that is steady from the start is seen to be so within 20 s', () => {
  const opened = openings(() => 1, 60, 1)
  expect(opened[TRIALS / 2]).toBeLessThanOrEqual(8)
  expect(opened.at(-1)).toBeLessThanOrEqual(20)
})

test('a target that warms up, from three times its level with a time constant of 5 s, is awaited', () => {
  const level = (second: number): number => 1 + 2 * Math.exp(-second / 5)
  const opened = openings(level, 60, 2)
  // One in twenty at most is taken for steady while it is still over a fifth slower.
  expect(level(opened[Math.floor(TRIALS / 20)]!)).toBeLessThan(1.2)
  expect(level(opened[TRIALS / 2]!)).toBeLessThan(1.05)
  expect(opened.at(-1)).toBeLessThan(Infinity)
})

test('a target that gets slower by a half each ten seconds is hardly ever called steady', () => {
  const opened = openings((second) => 1.5 ** (second / 10), 30, 3)
  expect(opened.filter((second) => second < Infinity).length / TRIALS).toBeLessThan(0.1)
})
