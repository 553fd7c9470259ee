import { expect, test } from 'vitest'
import { exhaustionQuestion, rampLevels } from '../../../src/plan/exhaustion-options.ts'

test('climbs evenly from the lowest to the highest level, a step for every three seconds', () => {
  const question = exhaustionQuestion({ from: 10, to: 100, over: '30s' })
  expect(question).toMatchObject({
    steps: 10,
    stepUs: 3e6,
    refusal: 0.2,
    gracefulStopUs: 5e6,
    label: 'exhaust',
    by: 'rate',
  })
  expect(rampLevels(question)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
})

test('starts low where nothing is said, and counts users in whole ones', () => {
  expect(exhaustionQuestion({ to: 100, over: '60s' })).toMatchObject({ from: 5, steps: 20 })
  expect(rampLevels(exhaustionQuestion({ to: 4, over: '60s', by: 'users' }))).toEqual([1, 2, 3, 4])
})

test.each([
  [{ from: 1, to: 5 }, /option over: got undefined, takes a duration/],
  [{ to: 5, from: 5, over: '10s' }, /options from and to: got 5 and 5, takes a `from` below `to`/],
  [
    { to: 5, over: '1s', steps: 10 },
    /options over and steps: got steps of 100 ms \(10 of them\), takes steps of at least 500 ms/,
  ],
  [{ to: 5, over: '10s', refusal: 2 }, /option refusal: got 2, takes a share/],
  [{ to: 5, over: '10s', by: 'users', maxUsers: 4 }, /option maxUsers: got 4, takes nothing where levels are users/],
  [{ to: 5, over: '10s', until: {} }, /unknown option until: got \{\}/],
])('refuses %j', (options, message) => {
  expect(() => exhaustionQuestion(options)).toThrow(message)
})
