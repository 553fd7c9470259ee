import { expect, test } from 'vitest'
import type { ProfilePlan, ThinkTimePlan } from '../../../src/domain/load-plan.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import { metricComparisonText } from '../../../src/format/comparison-text.ts'
import { loadLine } from '../../../src/format/load-line.ts'
import { formatRecorded, recordedMetric } from '../../../src/format/metric-text.ts'
import { profileText, warmupText } from '../../../src/format/plan-text.ts'
import { INVALID, measurementData, reference, TEN_PER_SECOND, TWENTY_USERS } from '../../support/measurement-builder.ts'

test.each<[ProfilePlan, string]>([
  [TEN_PER_SECOND, '10/s poisson for 60 s'],
  [TWENTY_USERS, '20 users for 60 s'],
  [
    { executor: 'shared-iterations', users: 1, iterations: 1000, thinkTime: null, maxDurationUs: 1 },
    '1 user, 1,000 iterations',
  ],
  [
    {
      executor: 'per-vu-iterations',
      users: 5,
      iterationsPerUser: 4,
      thinkTime: { minUs: 1e6, maxUs: 3e6 },
      maxDurationUs: 1,
    },
    '5 users, 4 iterations each, thinking 1 s to 3 s',
  ],
  [
    {
      executor: 'ramping-vus',
      spawnRatePerSecond: null,
      thinkTime: { minUs: 5e5, maxUs: 5e5 },
      steps: [
        { users: 1, durationUs: 1e6, rampUs: 0 },
        { users: 2, durationUs: 2e6, rampUs: 0 },
      ],
    },
    '1 user for 1 s, then 2 users for 2 s, thinking 500 ms',
  ],
  [
    {
      executor: 'sine-arrival-rate',
      steps: [{ ratePerSecond: 10, durationUs: 60e6, rampUs: 0, sine: { amplitudePerSecond: 5, periodUs: 20e6 } }],
      arrivals: 'gamma',
      burstiness: 0.5,
      maxUsers: 1,
      maxQueue: null,
    },
    '10/s ± 5/s as a sine of 20 s, gamma (burstiness 0.5) for 60 s',
  ],
  [{ executor: 'burst-arrivals', burst: 20, bursts: 1, everyUs: null, maxUsers: 20, maxQueue: null }, '20 at once'],
  [
    { executor: 'burst-arrivals', burst: 20, bursts: 3, everyUs: 5e6, maxUsers: 20, maxQueue: null },
    '3 times 20 at once, every 5 s',
  ],
  [
    {
      executor: 'trace-arrivals',
      source: './azure.csv',
      speed: 2,
      arrivals: 1200,
      lengthUs: 60e6,
      peakPerSecond: 80,
      digest: '',
      maxUsers: 20,
      maxQueue: null,
    },
    'trace ./azure.csv at 2 times its speed, 1,200 arrivals in 60 s',
  ],
])('a profile is a phrase', (profile, text) => {
  expect(profileText(profile)).toBe(text)
})

test.each<[ThinkTimePlan, string]>([
  [{ distribution: 'exponential', meanUs: 2e6 }, '2 s (exponential)'],
  [{ distribution: 'normal', meanUs: 2e6, deviationUs: 5e5 }, '2 s ± 500 ms (normal)'],
  [{ distribution: 'lognormal', medianUs: 2e6, sigma: 0.5 }, '2 s (log-normal, sigma 0.5)'],
])('a think time is a phrase', (thinkTime, text) => {
  expect(profileText({ ...TWENTY_USERS, thinkTime } as ProfilePlan)).toBe(`20 users for 60 s, thinking ${text}`)
})

test('a warm-up is a phrase, and none is nothing', () => {
  expect(warmupText({ kind: 'duration', durationUs: 5e6 })).toBe('after 5 s of warm-up')
  expect(warmupText({ kind: 'requests', requests: 20 })).toBe('after 20 warm-up requests')
  expect(warmupText({ kind: 'duration', durationUs: 0 })).toBe('')
})

test('recorded metrics have names, units and directions', () => {
  expect(recordedMetric('latency.p99')).toEqual({ label: 'p99 latency', unit: 'us', better: 'lower' })
  expect(recordedMetric('latency.p99.9')).toMatchObject({ label: 'p99.9 latency' })
  expect(recordedMetric('outputTokensPerSecond')).toMatchObject({ label: 'tokens/s', better: 'higher' })
  expect(formatRecorded('errorRate', 0.01)).toBe('1 %')
})

test('a comparison says values, change, what it could see and what would decide', () => {
  expect(
    metricComparisonText({
      metric: 'latency.p50',
      verdict: 'INCONCLUSIVE',
      current: 90_000,
      reference: 84_000,
      change: 0.0714,
      changeInterval: [-0.03, 0.12],
      detectable: 0.18,
      runsNeeded: 4,
    }),
  ).toBe(
    'p50 latency INCONCLUSIVE · 84 ms → 90 ms · +7.1 % [−3 %, +12 %] · detectable from 18 % · 4 more runs would decide',
  )
})

test('a comparison of shares is in points', () => {
  expect(
    metricComparisonText({
      metric: 'errorRate',
      verdict: 'OK',
      current: 0.002,
      reference: 0,
      change: 0.002,
      changeInterval: [-0.001, 0.005],
      detectable: 0.01,
      runsNeeded: null,
    }),
  ).toBe('error rate OK · 0 % → 0.2 % · +0.2 pp [−0.1 pp, +0.5 pp] · detectable from 1 pp')
})

test('a change from nothing is left out', () => {
  expect(
    metricComparisonText({
      metric: 'latency.p50',
      verdict: 'INCONCLUSIVE',
      current: 1,
      reference: 0,
      change: Infinity,
      changeInterval: null,
      detectable: null,
      runsNeeded: null,
    }),
  ).toBe('p50 latency INCONCLUSIVE · 0 us → 1 us')
})

test('a load is one line for annotations', () => {
  const record = { matcher: 'm', claim: 'c', measured: '', negated: false } as const
  const summary = loadSummary(measurementData(), reference(), [
    { ...record, verdict: 'pass' },
    { ...record, verdict: 'pass' },
    { ...record, verdict: 'weak' },
  ])
  expect(loadLine(summary)).toBe('600 requests, 10/s good, p50 80 ms, p99 109 ms, errors 0 %; 2 pass, 1 weak')
})

test('an invalid load says so in its line', () => {
  expect(loadLine(loadSummary(measurementData({ validity: INVALID }), reference(), []))).toBe(
    '600 requests, 10/s good, p50 80 ms, p99 109 ms, errors 0 %; invalid: pacer lag p99 14 ms is over 2 ms',
  )
})
