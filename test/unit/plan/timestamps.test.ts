import { describe, expect, test } from 'vitest'
import type { TimeUnit } from '../../../src/domain/quantity.ts'
import { timestampsUs } from '../../../src/plan/timestamps.ts'

const read = (values: readonly unknown[], name = 'timestamp', unit: TimeUnit | null = null): number[] =>
  timestampsUs(values, { name, unit, place: (i) => `line ${i + 2}` })

const fromFirst = (us: readonly number[]): number[] => us.map((at) => Math.round(at - us[0]!))

describe('timestamps', () => {
  test.each<[string, unknown[], number[], string?, TimeUnit?]>([
    ['whole numbers are milliseconds', [0, 120, '250'], [0, 120_000, 250_000]],
    ['broken ones are seconds', ['0.0', '0.5', '1.25'], [0, 500_000, 1_250_000]],
    ['the unit is as said', [0, 1, 2], [0, 1e6, 2e6], 'timestamp', 's'],
    ['the name of the column tells the unit', [0, 1, 2], [0, 1e6, 2e6], 'arrived_at_s'],
    ['also in another unit', [0, 1000, 2500], [0, 1000, 2500], 'Time (us)'],
    ['seconds since 1970', [1_700_000_000, 1_700_000_001.5], [0, 1_500_000]],
    ['milliseconds since 1970', [1_700_000_000_000, 1_700_000_000_001], [0, 1000]],
    ['nanoseconds since 1970', ['1700000000000000000', '1700000000500000000'], [0, 500_000]],
    ['dates', ['2026-01-31T09:30:00Z', '2026-01-31T10:30:01+01:00'], [0, 1e6]],
    ['dates with more digits than milliseconds', ['2023-11-16 18:15:46.6805900', '2023-11-16 18:15:46.6806'], [0, 10]],
    ['dates without a zone, over a change of local time', ['2026-03-29 01:30', '2026-03-29 03:30'], [0, 7200e6]],
    ['objects of dates', [new Date(5000), new Date(6500)], [0, 1_500_000]],
    ['a single one', [1234], [0]],
    ['all the same', [7, 7, 7], [0, 0, 0]],
  ])('%s', (_, values, us, name, unit) => {
    expect(fromFirst(read(values, name, unit))).toEqual(us)
  })

  test.each<[string, unknown[], string]>([
    ['garbage', [0, 10, 'soon'], "line 4: timestamp: got 'soon', takes a number, or a date and time"],
    ['nothing', [0, ''], "line 3: timestamp: got '', takes a number"],
    ['an impossible date', ['2026-02-30T25:00:00Z'], "line 2: timestamp: got '2026-02-30T25:00:00Z'"],
    ['infinity', [0, Infinity], 'line 3: timestamp: got Infinity'],
    ['a mixture', ['2026-01-31T09:30:00Z', 12], 'line 3: timestamp: got 12, a number where the first row has a date'],
    // As milliseconds this would be a thousand requests a second, as seconds one.
    ['numbers that may be either', [0, 1, 2, 3], 'timestamp may be milliseconds or seconds: 1 from row to row'],
    ['broken numbers that may be either', [0.5, 120.5, 240.5], "say which: { trace, unit: 'ms' } or"],
  ])('%s is refused', (_, values, message) => {
    expect(() => read(values)).toThrow(message)
  })
})
