import { expect, test } from 'vitest'
import { loadCourse } from '../../../src/compare/load-course.ts'
import { step } from '../../support/measurement-builder.ts'
import { series } from '../../support/measurement-builder.ts'
import { bucket } from '../../support/run-report.ts'

const courseOf = (buckets: Parameters<typeof loadCourse>[0]['buckets'], totalUs = 86_400e6) =>
  loadCourse({ buckets, steps: [step(0, 10, series())], gaps: [], totalUs })

test('a load of a few minutes is told second by second', () => {
  const course = courseOf([bucket(0, { latencyP50Us: null, latencyP99Us: null, completed: 0 }), bucket(1), bucket(2)])
  expect(course).toMatchObject({
    rowSeconds: 1,
    from: [0, 1, 2],
    completed: [0, 10, 10],
    latencyP50Us: [null, 80_000, 80_000],
    windows: [{ startUs: 0, endUs: 60e6 }],
  })
})

test('a day is at most 300 rows, and no failure, no slow second and no long queue drowns in them', () => {
  const worst = 51_234
  const course = courseOf(
    Array.from({ length: 86_400 }, (_, second) =>
      bucket(second, second === worst ? { failed: 7, queued: 40, latencyP99Us: 9e6, unsent: 2 } : {}),
    ),
  )!
  expect(course.rowSeconds).toBe(288)
  expect(course.from).toHaveLength(300)
  const row = Math.floor(worst / 288)
  expect([course.failed[row], course.queued[row], course.unsent[row], course.latencyP99Us[row]]).toEqual([
    7, 40, 2, 9e6,
  ])
  expect(course.completed.every((value) => value === 10)).toBe(true)
})

test('a gap has no rows, and nothing reported is no course', () => {
  expect(courseOf([bucket(0), bucket(500)])!.from).toEqual([0, 500])
  expect(courseOf([])).toBeNull()
})

test('a last second that is cut off counts by the part that the load lasted, and a sliver of it has no rate', () => {
  const cut = [bucket(0), bucket(1, { completed: 8, attempted: 7, failed: 1 })]
  expect(courseOf(cut, 1.8e6)).toMatchObject({ completed: [10, 10], attempted: [10, 8.75], failed: [0, 1] })
  expect(courseOf(cut, 1.003e6)).toMatchObject({
    completed: [10, null],
    attempted: [10, null],
    latencyP50Us: [80_000, null],
    latencyP99Us: [110_000, null],
    failed: [0, 1],
  })
  const long = Array.from({ length: 301 }, (_, second) => bucket(second, second === 300 ? { completed: 5 } : {}))
  expect(courseOf(long, 300.5e6)!.completed.every((value) => value === 10)).toBe(true)
})
