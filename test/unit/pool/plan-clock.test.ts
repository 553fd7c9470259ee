import { describe, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { planClock } from '../../../src/pool/plan-clock.ts'

function planOf(options: object): LoadPlan {
  const scenario = { kind: 'module', name: 's', source: 'file:///s.ts', params: null, bundle: null } as const
  return resolveLoad(scenario, options, {
    id: 'x',
    label: '',
    defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
    readRows: readRowFile,
  })
}

describe('a plan in time', () => {
  const clock = planClock(planOf({ rate: 10, warmup: '2s', duration: '5s', cooldown: '1s' }))

  test.each([
    [0, 'warmup'],
    [2, 'measure'],
    [6.9, 'measure'],
    [7, 'cooldown'],
    [8, 'draining'],
  ])('at %d s is in %s', (seconds, state) => {
    expect(clock.stateAt(seconds * 1e6)).toBe(state)
  })

  test('knows how long it still starts requests', () => {
    expect(clock.latestEndUs).toBe(8e6)
    expect(clock.remainingUs(3e6)).toBe(5e6)
    expect(clock.remainingUs(9e6)).toBe(0)
  })
})

test('a ramp between two steps belongs to the measured part', () => {
  const clock = planClock(
    planOf({
      steps: [
        { rate: 1, duration: '1s' },
        { rate: 2, duration: '1s', ramp: '1s' },
      ],
    }),
  )
  expect(clock.stateAt(1.5e6)).toBe('measure')
})

test('a warm-up by requests lasts until it is opened, and cannot hold the machine for ever', () => {
  const clock = planClock(planOf({ rate: 10, warmup: { requests: 5 }, duration: '5s' }))
  expect(clock.stateAt(60e6)).toBe('warmup')
  expect(clock.remainingUs(60e6)).toBeNull()
  expect(clock.latestEndUs).toBe(605e6)
  clock.opened(61e6)
  expect(clock.stateAt(62e6)).toBe('measure')
  expect(clock.latestEndUs).toBe(66e6)
})

test('a plan by count has no remaining time, but a latest end', () => {
  const clock = planClock(planOf({ users: 1, iterations: 3, maxDuration: '20s' }))
  expect(clock.remainingUs(0)).toBeNull()
  expect(clock.latestEndUs).toBe(20e6)
})

describe('the asked rate of the moment', () => {
  test.each([
    [
      'follows a ramp',
      { steps: [{ rate: 10, duration: '2s', ramp: '2s' }] },
      [
        [0, 0],
        [1, 5],
        [2, 10],
        [9, 10],
      ],
    ],
    [
      'swings with a sine, which starts when the warm-up is over',
      { rate: 10, duration: '4s', warmup: '1s', sine: { amplitude: 4, period: '4s' } },
      [
        [0.5, 10],
        [1, 10],
        [2, 14],
        [3, 10],
        [4, 6],
        [9, 10],
      ],
    ],
    [
      'rises and falls with a spike',
      { rate: 10, duration: '10s', spike: { rate: 50, at: '4s', for: '2s', ramp: '1s' } },
      [
        [3, 10],
        [4.5, 30],
        [5, 50],
        [7.5, 30],
        [8, 10],
      ],
    ],
    ['is none where users set the pace', { users: 3, duration: '1s' }, [[0, null]]],
    ['is none for bursts', { burst: 3, bursts: 2, every: '1s' }, [[0, null]]],
  ] as [string, object, [number, number | null][]][])('%s', (_, options, table) => {
    const clock = planClock(planOf(options))
    const rates = table.map(([seconds]) => clock.askedRate(seconds * 1e6))
    expect(rates.map((rate) => (rate === null ? null : Number(rate.toFixed(9))))).toEqual(table.map(([, rate]) => rate))
  })
})

test('a single burst is over as soon as it has been sent', () => {
  const clock = planClock(planOf({ burst: 20 }))
  expect([clock.stateAt(0), clock.stateAt(1)]).toEqual(['measure', 'draining'])
})
