import { expect, test } from 'vitest'
import type { SearchLimits } from '../../../src/domain/capacity.ts'
import { type LengthQuestion, trialLength } from '../../../src/search/trial-length.ts'

const limits = (p: number | null, errorRate: number | null = null): SearchLimits => ({
  percentiles: p === null ? [] : [{ metric: 'latency', p, limitUs: 1 }],
  errorRate,
  goodFraction: null,
})
const question = (rest: Partial<LengthQuestion> = {}): LengthQuestion => ({
  by: 'rate',
  limits: limits(99),
  trialUs: 5e6,
  warmupUs: 1e6,
  confirm: 3,
  ...rest,
})

test.each([
  ['as asked where the rate is high enough', {}, 1000, false, null, 5e6],
  ['twice as long to confirm', {}, 1000, true, null, 10e6],
  ['a hundred requests for p99', {}, 5, false, null, 20e6],
  ['twenty requests for p95', { limits: limits(95) }, 2, false, null, 10e6],
  ['a hundred requests for 1 % of errors', { limits: limits(50, 0.01) }, 10, false, null, 10e6],
  ['a third of what the bound of p99 needs, to confirm', {}, 5, true, null, 20e6],
  ['all of it where one trial confirms', { confirm: 1 }, 10, true, null, 29.9e6],
  ['no limit at all: twenty requests', { limits: limits(null) }, 2, false, null, 10e6],
  ['five latencies', {}, 1000, false, 3e6, 15e6],
  ['a hundred requests of users, one after the other', { by: 'users' }, 2, false, 1e6, 50e6],
] as const)('lasts %s', (_, rest, level, confirming, lightLatencyUs, windowUs) => {
  const length = trialLength(question(rest), level, confirming, lightLatencyUs)
  expect(length).toMatchObject({ windowUs, tooShortFor: null })
})

test('never lasts longer than a minute, and says what that is too short for', () => {
  const p999 = question({ limits: limits(99.9) })
  expect(trialLength(p999, 5, false, null)).toMatchObject({ windowUs: 60e6, tooShortFor: 'p99.9 latency' })
  expect(trialLength(p999, 100, false, null)).toMatchObject({ windowUs: 10e6, tooShortFor: null })
  expect(trialLength({ ...p999, trialUs: 300e6 }, 5, false, null)).toMatchObject({ windowUs: 300e6, tooShortFor: null })
})

test('warms up for one and a half latencies, and as long as asked', () => {
  expect(trialLength(question(), 10, false, null).warmupUs).toBe(1e6)
  expect(trialLength(question(), 10, false, 4e6).warmupUs).toBe(6e6)
  expect(trialLength(question(), 10, false, 60e6).warmupUs).toBe(30e6)
})
