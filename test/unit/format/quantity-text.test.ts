import { describe, expect, test } from 'vitest'
import {
  exact,
  exactDuration,
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatInterval,
  formatMetric,
  formatPoints,
  formatRate,
  formatShare,
  formatSpeedup,
} from '../../../src/format/quantity-text.ts'

describe('durations', () => {
  test.each([
    [0, '0 us'],
    [412, '412 us'],
    [999.6, '1 ms'],
    [1_000, '1 ms'],
    [83_240, '83.2 ms'],
    [999_400, '999 ms'],
    [999_960, '1 s'],
    [1_500_000, '1.5 s'],
    [119_400_000, '119 s'],
    [150e6, '2.5 min'],
    [3 * 3600e6, '3 h'],
    [-412, '−412 us'],
    [Infinity, '∞'],
    [null, 'n/a'],
  ])('%s us is %s', (us, text) => {
    expect(formatDuration(us)).toBe(text)
  })

  test('a limit keeps all its digits', () => {
    expect([exactDuration(109_600), exactDuration(1_234_567), exactDuration(90e6), exactDuration(1)]).toEqual([
      '109.6 ms',
      '1.234567 s',
      '90 s',
      '1 us',
    ])
    expect([exact(10.25), exact(0.1 + 0.2)]).toEqual(['10.25', '0.3'])
  })
})

describe('shares', () => {
  test.each([
    [0, '0 %'],
    [0.292, '29.2 %'],
    [0.00005, '0.005 %'],
    [1, '100 %'],
    [null, 'n/a'],
  ])('%s is %s', (share, text) => {
    expect(formatShare(share)).toBe(text)
  })

  test('a part never looks like all', () => {
    expect(formatShare(0.99996)).toBe('>99.9 %')
  })

  test('differences are points, not percent', () => {
    expect([formatPoints(0.005), formatPoints(-0.0123)]).toEqual(['0.5 pp', '−1.23 pp'])
  })
})

test('rates, counts and bytes have separators, units and three digits', () => {
  expect([formatRate(10.14), formatRate(12_345.6), formatRate(null)]).toEqual(['10.1/s', '12,346/s', 'n/a'])
  expect([formatCount(999), formatCount(1_234_567)]).toEqual(['999', '1,234,567'])
  expect([formatBytes(999), formatBytes(999_900), formatBytes(7.5e9), formatBytes(4e15)]).toEqual([
    '999 B',
    '1 MB',
    '7.5 GB',
    '4,000 TB',
  ])
})

test('changes carry a sign and speed-ups two decimals', () => {
  expect([formatChange(-0.292), formatChange(0.041), formatChange(0), formatChange(12.34)]).toEqual([
    '−29.2 %',
    '+4.1 %',
    '0 %',
    '+1,234 %',
  ])
  expect([formatSpeedup(2.886), formatSpeedup(1.5), formatSpeedup(123.4), formatSpeedup(null)]).toEqual([
    '2.89×',
    '1.50×',
    '123×',
    'n/a',
  ])
})

test('a metric prints in its own unit', () => {
  expect([
    formatMetric('us', 1_500),
    formatMetric('us/token', 9_800),
    formatMetric('1/s', 3),
    formatMetric('share', 0.5),
    formatMetric('bytes/s', 1_200),
    formatMetric('tokens', 128),
    formatMetric('us', null),
  ]).toEqual(['1.5 ms', '9.8 ms/token', '3/s', '50 %', '1.2 kB/s', '128', 'n/a'])
})

test('an interval prints both ends, an absent one nothing', () => {
  expect(formatInterval([80_100, Infinity], formatDuration)).toBe('[80.1 ms, ∞]')
  expect(formatInterval(null, formatDuration)).toBe('')
})
