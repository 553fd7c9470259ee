import { describe, expect, test } from 'vitest'
import type { TrialOutcome } from '../../../src/domain/capacity.ts'
import {
  bracketOf,
  type CapacityRules,
  contradictions,
  expectedTrials,
  nextStep,
  type Tried,
} from '../../../src/search/capacity-search.ts'

const RULES: CapacityRules = { by: 'rate', from: 5, to: 200, precision: 0.05, confirm: 3, maxTrials: 50 }

/** Plays a search against a target; `target` is told how often its level was tried before. */
function play(rules: CapacityRules, target: (level: number, tries: number, confirming: boolean) => TrialOutcome) {
  const trials: Tried[] = []
  /** Passes of which the search said that they would end it. */
  const deciding: number[] = []
  for (;;) {
    const step = nextStep(rules, trials)
    if (step.kind === 'end') {
      return { end: step.end, trials, deciding, levels: trials.map(({ level }) => level), ...bracketOf(rules, trials) }
    }
    const tries = trials.filter(({ level }) => level === step.level).length
    const outcome = target(step.level, tries, step.confirming)
    trials.push({ level: step.level, confirming: step.confirming, outcome })
    if (step.deciding && outcome === 'passed') deciding.push(trials.length)
  }
}

/** A target that passes up to its knee. */
const kneeAt =
  (knee: number) =>
  (level: number): TrialOutcome =>
    level <= knee ? 'passed' : 'failed'

describe('a search by rate', () => {
  test('climbs by doubling, halves the bracket, confirms the failing end once and the passing end three times', () => {
    const found = play(RULES, kneeAt(47))
    expect(found.levels).toEqual([5, 10, 20, 40, 80, 56.57, 47.57, 43.62, 45.55, 47.57, 45.55, 45.55, 45.55])
    expect(found).toMatchObject({ end: 'found', passing: 45.55, failing: 47.57, confirmed: true })
    expect(found.trials.map(({ confirming }) => confirming)).toEqual([...Array(9).fill(false), true, true, true, true])
  })

  test.each([5, 5.1, 7.3, 39.9, 40, 41, 133, 199.9])('brackets a knee at %d/s within the precision', (knee) => {
    const { passing, failing, end, trials, deciding } = play(RULES, kneeAt(knee))
    // Only the last pass of a search may be the answer's own measurement.
    expect(deciding).toEqual([trials.length])
    expect(end).toBe('found')
    expect(passing).toBeLessThanOrEqual(knee)
    expect(failing).toBeGreaterThan(knee)
    expect(failing! / passing!).toBeLessThanOrEqual(1.0501)
  })

  test.each([0.01, 0.001, 0.5])('goes on to a precision of %d', (precision) => {
    const { passing, failing } = play({ ...RULES, precision }, kneeAt(91.7))
    expect(failing! / passing! - 1).toBeLessThanOrEqual(precision + 1e-9)
  })

  test('ends at the lowest level when that fails twice, and has no answer', () => {
    expect(play(RULES, kneeAt(3))).toMatchObject({ levels: [5, 5], end: 'from-fails', passing: null, failing: 5 })
  })

  test('confirms the highest level that it may try, and names no failing one', () => {
    const found = play(RULES, kneeAt(1000))
    expect(found).toMatchObject({ end: 'to-passes', passing: 200, failing: null, confirmed: true })
    expect(found.levels.slice(-4)).toEqual([200, 200, 200, 200])
  })

  test('a generator that reaches no further bounds the answer from below, and is no failure of the target', () => {
    const found = play(RULES, (level) => (level > 100 ? 'invalid' : 'passed'))
    expect(found).toMatchObject({ end: 'generator', failing: null, confirmed: true })
    expect(found.passing).toBeGreaterThan(95)
    expect(found.passing).toBeLessThanOrEqual(100)
  })

  test('a level that the generator could not apply once is tried again', () => {
    const found = play(RULES, (level, tries) => (level === 80 && tries === 0 ? 'invalid' : kneeAt(47)(level)))
    expect(found).toMatchObject({ end: 'found', passing: 45.55 })
    expect(found.levels.slice(4, 6)).toEqual([80, 80])
  })

  test('a failure found below what the generator can apply is the answer', () => {
    const found = play(RULES, (level) => (level > 70 ? 'invalid' : kneeAt(47)(level)))
    expect(found.end).toBe('found')
    expect(found.failing).toBeLessThan(50)
  })

  test('a generator that cannot even apply the lowest level leaves nothing known', () => {
    expect(play(RULES, () => 'invalid')).toMatchObject({
      levels: [5, 5],
      end: 'generator',
      passing: null,
      failing: null,
    })
  })

  test('ends when the trials are used up, with what is known', () => {
    const found = play({ ...RULES, maxTrials: 6 }, kneeAt(47))
    expect(found).toMatchObject({ end: 'trials-used-up', passing: 40, failing: 56.57, confirmed: false })
  })
})

describe('noise', () => {
  test('one wrong failure far below the knee is looked at again and outvoted', () => {
    const found = play(RULES, (level, tries) => (level === 10 && tries === 0 ? 'failed' : kneeAt(47)(level)))
    expect(found).toMatchObject({ end: 'found', confirmed: true })
    expect(found.passing).toBeGreaterThan(44)
    expect(contradictions(found.trials)).toEqual(['trials at 10 disagree: 1 passed, 1 failed'])
  })

  test('one wrong pass above the knee is not confirmed, and the search steps down', () => {
    const found = play(RULES, (level, tries) =>
      level > 47 && level < 58 && tries === 0 ? 'passed' : kneeAt(47)(level),
    )
    expect(found).toMatchObject({ end: 'found', confirmed: true })
    expect(found.passing).toBeLessThanOrEqual(47)
    expect(found.passing).toBeGreaterThan(44)
  })

  test('a level whose longer trials fail as often as they pass fails', () => {
    const trials: Tried[] = (['passed', 'failed', 'passed'] as const).map((outcome, i) => ({
      level: 10,
      confirming: i < 2,
      outcome,
    }))
    expect(bracketOf(RULES, trials)).toMatchObject({ passing: null, failing: 10 })
  })

  test('one failure among confirming trials asks for more of them instead of deciding', () => {
    const outcomes: TrialOutcome[] = ['passed', 'passed', 'passed', 'failed', 'passed']
    const trials = outcomes.map((outcome, i): Tried => ({ level: 200, confirming: i > 0, outcome }))
    expect(bracketOf(RULES, trials)).toMatchObject({ passing: 200, confirmed: false })
    expect(nextStep(RULES, trials)).toEqual({ kind: 'trial', level: 200, confirming: true, deciding: true })
  })

  test('a pass above a failing level is reported and changes nothing', () => {
    const trials: Tried[] = [
      { level: 10, confirming: false, outcome: 'passed' },
      { level: 20, confirming: false, outcome: 'failed' },
      { level: 40, confirming: false, outcome: 'passed' },
    ]
    expect(bracketOf(RULES, trials)).toMatchObject({ passing: 10, failing: 20 })
    expect(contradictions(trials)).toEqual(['40 passed although 20 fails'])
  })
})

describe('a search by users', () => {
  const users: CapacityRules = { ...RULES, by: 'users', from: 1, to: 64, precision: 0.01 }

  test.each([1, 2, 7, 23, 63])('finds exactly %d users', (knee) => {
    const { passing, failing, levels } = play(users, kneeAt(knee))
    expect([passing, failing]).toEqual([knee, knee + 1])
    expect(levels.every(Number.isInteger)).toBe(true)
  })
})

test('tells about how many trials are left, and none at the end', () => {
  const first = expectedTrials(RULES, []).length
  expect(first).toBeGreaterThan(6)
  const { trials } = play(RULES, kneeAt(47))
  trials.forEach((_, done) => {
    const left = expectedTrials(RULES, trials.slice(0, done)).length
    expect(Math.abs(left - (trials.length - done))).toBeLessThanOrEqual(4)
  })
  expect(expectedTrials(RULES, trials)).toEqual([])
})
