import { describe, expect, test } from 'vitest'
import { Measurement } from '../../../src/measure/measurement.ts'
import { failing, fine, type SecondSketch, servedCourse, SILENT, times } from '../../support/served-course.ts'
import { measured, series } from '../../support/measurement-builder.ts'

const availabilityOf = (seconds: readonly SecondSketch[], startUs = 0): number | null =>
  new Measurement(servedCourse({ seconds, startUs })).availability

describe('availability is the share of seconds with a good answer', () => {
  test.each<readonly [string, readonly SecondSketch[], number | null]>([
    ['all of them', times(20, fine()), 1],
    ['one good answer is enough', times(20, failing(50, 1)), 1],
    ['failures alone are not', [...times(15, fine()), ...times(5, failing())], 0.75],
    [
      'nor is waiting',
      [...times(9, fine()), { attempted: 50, good: 50, completed: 40 }, ...times(9, SILENT), fine(10)],
      11 / 20,
    ],
    ['nor are arrivals that were dropped', [...times(15, fine()), ...times(5, { attempted: 50, unsent: 50 })], 0.75],
    ['seconds in which nobody asked are left out', times(20, fine()).flatMap((second) => [second, SILENT]), 1],
    ['too few seconds say nothing', times(9, fine()), null],
    ['nor does less than a request per second', times(20, fine(1)).flatMap((second) => [second, SILENT]), null],
  ])('%s', (_, seconds, share) => {
    expect(availabilityOf(seconds)).toBe(share)
  })

  test('only whole seconds inside the window count', () => {
    expect(availabilityOf([failing(), failing(), ...times(10, fine())], 1.2e6)).toBe(1)
  })
})

test('lost requests are counted by kind, and add up', () => {
  const { run } = measured({
    series: series({ outcomes: { failedByKind: { connection: 40, timeout: 3 }, dropped: 2, missed: 1 } }),
  })
  expect(run.lost).toEqual({
    connection: 40,
    timeout: 3,
    http: 0,
    protocol: 0,
    check: 0,
    aborted: 0,
    dropped: 2,
    missed: 1,
    total: 46,
  })
})
