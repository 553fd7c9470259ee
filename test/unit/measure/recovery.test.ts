import { describe, expect, test } from 'vitest'
import { recoveriesFromBreaks, recoveryFrom, type RecoveryRule } from '../../../src/measure/recovery.ts'
import { servedSeconds } from '../../../src/measure/served-seconds.ts'
import { failing, fine, type SecondSketch, servedCourse, SILENT, times } from '../../support/served-course.ts'

const GOOD: RecoveryRule = { share: 0.99, met: ({ good }) => good }
const EXACTLY = 0

const recover = (
  seconds: readonly SecondSketch[],
  atSeconds: number,
  errorUs = EXACTLY,
  rule = GOOD,
): ReturnType<typeof recoveryFrom> =>
  recoveryFrom(servedSeconds(servedCourse({ seconds })), { atUs: atSeconds * 1e6, errorUs }, rule)

/** 10 s of good answers, an outage, and good answers again. */
const outage = (broken: readonly SecondSketch[], after = 20): SecondSketch[] => [
  ...times(10, fine()),
  ...broken,
  ...times(after, fine()),
]

describe('recovery counts from the fault to the first of two good windows', () => {
  test.each<readonly [string, readonly SecondSketch[], number, readonly [number, number]]>([
    ['3 s of nothing but failures', outage(times(3, failing())), 10, [2, 3]],
    ['a fault within a second', outage([failing(50, 20), failing(), failing(50, 30)]), 10.4, [1.6, 2.6]],
    ['no effect at all', outage([]), 10.4, [0, 0.6]],
    ['an effect that is over with its second', outage([failing(50, 10)]), 10.4, [0, 0.6]],
    ['one request of a hundred is no outage', outage(times(5, failing(100, 99))), 10, [0, 0]],
    [
      'two of a hundred are one, until they are less than one of the window',
      outage(times(5, failing(100, 98))),
      10,
      [3, 4],
    ],
    [
      'a good window that is not followed by a second one',
      outage([...times(2, failing()), ...times(6, fine()), failing()]),
      10,
      [8, 9],
    ],
    [
      'requests that wait and then fail weigh on the second they were due in',
      outage(times(4, { attempted: 50, failed: 0 })),
      10,
      [3, 4],
    ],
  ])('%s', (_, seconds, at, [least, most]) => {
    const { leastUs, mostUs } = recover(seconds, at)
    expect(leastUs / 1e6).toBeCloseTo(least, 6)
    expect(mostUs! / 1e6).toBeCloseTo(most, 6)
  })

  test('a fault that took time to happen widens the interval downwards only', () => {
    const { leastUs, mostUs } = recover(outage(times(4, failing())), 10, 400_000)
    expect([leastUs, mostUs]).toEqual([2.6e6, 4e6])
  })

  test('a window that begins within the first second of a later opening is the earliest', () => {
    const data = servedCourse({ seconds: [...times(3, failing()), ...times(15, fine())], startUs: 2.5e6 })
    expect(recoveryFrom(servedSeconds(data), { atUs: 2.6e6, errorUs: 0 }, GOOD)).toMatchObject({ mostUs: 0.4e6 })
  })

  test('the seconds that broke before and after the recovery are told', () => {
    const { brokenSecond, brokeAgainSecond, fewest } = recover(
      [...outage(times(3, failing()), 12), ...times(4, failing()), ...times(3, fine(20))],
      10,
    )
    expect({ brokenSecond, brokeAgainSecond, fewest }).toEqual({ brokenSecond: 12, brokeAgainSecond: 25, fewest: 250 })
  })
})

describe('an outage that only makes wait', () => {
  /** Fifty requests a second wait from 10 s on and are all answered in second 14, well. */
  const late = [
    ...times(10, fine()),
    ...times(4, { attempted: 50, good: 50, completed: 0 }),
    { attempted: 50, good: 50, completed: 250 },
    ...times(15, fine()),
  ]

  test('is one, though every answer comes in the end', () => {
    expect(recover(late, 9.6)).toMatchObject({ leastUs: 3.4e6, mostUs: 4.4e6, brokenSecond: 13 })
  })

  test('is none where the SLO allows the wait', () => {
    const patient = servedCourse({ seconds: late, plan: { slo: { latencyUs: 10e6, ttftUs: null, tpotUs: null } } })
    expect(recoveryFrom(servedSeconds(patient), { atUs: 9.6e6, errorUs: 0 }, GOOD)).toMatchObject({ mostUs: 0.4e6 })
  })
})

describe('what cannot be told is not told', () => {
  test('no two windows are seen after the fault', () => {
    expect(recover(outage(times(3, failing()), 9), 10)).toMatchObject({ leastUs: 2e6, mostUs: null, brokenSecond: 12 })
    expect(recover(outage(times(3, failing()), 10), 10)).toMatchObject({ mostUs: 3e6 })
  })

  test('it never recovers: as long as the windows are seen to break', () => {
    expect(recover(outage(times(20, failing()), 0), 10)).toMatchObject({
      leastUs: 15e6,
      mostUs: null,
      brokenSecond: 29,
    })
  })

  test('a fault in the last second, or none of the seconds after it', () => {
    expect(recover(times(10, fine()), 9.5)).toMatchObject({ leastUs: 0, mostUs: null })
  })

  test('seconds without requests are neither good nor broken', () => {
    // Silent from 13 to 19: the window of 13 might have met the SLO, and the first that is known to is that of 16.
    const quiet = outage([...times(3, failing()), ...times(7, SILENT)])
    expect(recover(quiet, 10)).toMatchObject({ leastUs: 2e6, mostUs: 6e6 })
    expect(recover(outage(times(12, SILENT)), 10)).toMatchObject({ leastUs: 0, mostUs: 8e6 })
  })

  test('seconds that were not measured are neither', () => {
    const seconds = outage([])
    const data = servedCourse({ seconds, gaps: [{ fromUs: 12e6, toUs: 15.5e6, reason: 'its process ended' }] })
    expect(recoveryFrom(servedSeconds(data), { atUs: 10e6, errorUs: 0 }, GOOD)).toMatchObject({
      leastUs: 0,
      mostUs: 6e6,
    })
  })
})

describe('closed load sends nothing while its users wait', () => {
  // Four users hang for eight seconds; their requests were due in second 10 and are answered, late, in second 18.
  const hang = (seconds: number): SecondSketch[] => [
    ...times(10, fine()),
    { attempted: 50, good: 50, completed: 46 },
    ...times(seconds, SILENT),
    { attempted: 46, good: 46, completed: 50 },
    ...times(15, fine()),
  ]

  test('the seconds of a long wait are broken, though nothing failed and nothing was due', () => {
    expect(recover(hang(7), 10.2)).toMatchObject({ leastUs: 6.8e6, mostUs: 7.8e6, brokenSecond: 17 })
  })

  test('no longer than the SLO allows, waiting breaks nothing', () => {
    const data = servedCourse({ seconds: hang(2), plan: { slo: { latencyUs: 3e6, ttftUs: null, tpotUs: null } } })
    expect(recoveryFrom(servedSeconds(data), { atUs: 10.2e6, errorUs: 0 }, GOOD)).toMatchObject({ mostUs: 0.8e6 })
    expect(recover(hang(2), 10.2)).toMatchObject({ mostUs: 2.8e6 })
  })
})

describe('without a fault every break is an outage', () => {
  const breaks = (seconds: readonly SecondSketch[]): (number | null)[] =>
    recoveriesFromBreaks(servedSeconds(servedCourse({ seconds })), GOOD).map(({ mostUs }) => mostUs && mostUs / 1e6)

  test('a slip in one second does not hide an outage that comes later', () => {
    const slip = [...times(3, fine()), failing(50, 49), ...times(12, fine())]
    expect(breaks(slip)).toEqual([0])
    expect(breaks([...slip, ...times(6, failing()), ...times(12, fine())])).toEqual([0, 6])
  })

  test('nothing broke', () => {
    expect(breaks(times(30, fine()))).toEqual([])
  })

  test('its start is known to a second only', () => {
    const [recovery] = recoveriesFromBreaks(servedSeconds(servedCourse({ seconds: outage(times(4, failing())) })), GOOD)
    expect(recovery).toMatchObject({ leastUs: 2e6, mostUs: 4e6 })
  })
})
