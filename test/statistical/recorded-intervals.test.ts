import { expect, test } from 'vitest'
import { recordedMetrics } from '../../src/compare/recorded-metrics.ts'
import type { RecordedMetric } from '../../src/domain/history.ts'
import type { SecondBucket } from '../../src/domain/measurement.ts'
import { series } from '../support/measurement-builder.ts'
import { Random } from './random.ts'

const TRIALS = 120
const SECONDS = 60
const RATE = 100

/** A minute of requests whose seconds are alike: their levels have autocorrelation `alike` and a deviation of 3 %. */
function medians(random: Random, alike: number): { readonly iid: RecordedMetric; readonly blocks: RecordedMetric } {
  const latencies: number[] = []
  const buckets: SecondBucket[] = []
  let level = random.normal()
  for (let second = 0; second < SECONDS; second++) {
    level = alike * level + Math.sqrt(1 - alike ** 2) * random.normal()
    const own = Array.from({ length: RATE }, () =>
      Math.round(1e5 * Math.exp(0.03 * level + 0.2 * random.normal())),
    ).sort((a, b) => a - b)
    latencies.push(...own)
    buckets.push({
      second,
      phase: 'measure',
      sent: RATE,
      completed: RATE,
      failed: 0,
      outputTokens: 0,
      bytesReceived: 0,
      latencyP50Us: own[RATE / 2 - 1]!,
      latencyP99Us: own[RATE - 2]!,
      usersActive: 1,
      queued: 0,
      attempted: RATE,
      good: RATE,
      withinSlo: null,
      unsent: 0,
    })
  }
  const all = series({ latencies, windowUs: SECONDS * 1e6 })
  return {
    iid: recordedMetrics({ series: all })['latency.p50']!,
    blocks: recordedMetrics({ series: all, buckets })['latency.p50']!,
  }
}

/** Share of pairs of unchanged minutes whose medians differ at two-sided p < .01 by their recorded intervals. */
function alarms(alike: number, seed: number): { readonly iid: number; readonly blocks: number } {
  const random = new Random(seed)
  const counts = { iid: 0, blocks: 0 }
  const error = ({ lower, upper }: RecordedMetric): number => Math.log(upper! / lower!) / (2 * 1.96)
  for (let i = 0; i < TRIALS; i++) {
    const [a, b] = [medians(random, alike), medians(random, alike)]
    for (const kind of ['iid', 'blocks'] as const) {
      const difference = Math.abs(Math.log(a[kind].value / b[kind].value))
      if (difference > 2.576 * Math.hypot(error(a[kind]), error(b[kind]))) counts[kind]++
    }
  }
  return { iid: counts.iid / TRIALS, blocks: counts.blocks / TRIALS }
}

test('where neighbouring seconds are alike, intervals of independent requests alarm often, ours far less', () => {
  const { iid, blocks } = alarms(0.8, 31)
  expect(iid).toBeGreaterThan(0.35)
  // Not 1 %: blocks of 8 seconds cut what lasts longer. The noise from run to run that comparisons add comes on top.
  expect(blocks).toBeLessThanOrEqual(0.1)
})

test('where seconds only differ, ours keep their promise and those of independent requests do not', () => {
  const { iid, blocks } = alarms(0, 32)
  expect(iid).toBeGreaterThan(0.05)
  expect(blocks).toBeLessThanOrEqual(0.025)
})
