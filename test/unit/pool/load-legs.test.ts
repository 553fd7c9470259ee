import { describe, expect, test } from 'vitest'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import { LoadLegs } from '../../../src/pool/load-legs.ts'
import type { BrokenOff } from '../../../src/pool/ports.ts'
import { arrivals, bucket, delta, plan, series } from '../measure/builders.ts'

const STARTED = '2026-03-01T10:00:00.000Z'
const END = {
  runId: 'r',
  specId: { file: 'a', path: ['t'], label: '' },
  startedAt: STARTED,
  totalUs: 200e6,
  aborted: null,
}
const PLAN = plan(arrivals(50))

const second = (at: number, more: object = {}): ReturnType<typeof delta> =>
  delta(at, {
    series: [series({ outcomes: { ...NO_OUTCOMES, attempted: 50, good: 50 } })],
    buckets: [bucket(at, { sent: 50, completed: 50 })],
    windows: at < 2 ? [] : [{ window: 0, startUs: 2e6, endUs: null }],
    ...more,
  })

/** Six seconds, four of them measured, in pieces as a journal has them. */
function broken(reports = [0, 1, 2, 3, 4, 5].map((at) => second(at))): BrokenOff {
  return { startedAt: STARTED, generators: 1, leg: null, reports }
}

test('a load that never broke off is one leg from time 0', () => {
  const legs = new LoadLegs(PLAN, PLAN, null)
  expect([legs.begin(Date.now()), legs.offsetUs, legs.startedAt, legs.breakText]).toEqual([null, 0, null, null])
  expect(legs.rest).toBe(PLAN)
  const one = second(3)
  expect(legs.shifted(one)).toBe(one)
})

describe('a load that broke off', () => {
  test('goes on at the time that the clock on the wall tells, in whole seconds', () => {
    const legs = new LoadLegs(PLAN, PLAN, broken())
    expect(legs.breakText).toBe('it goes on where it broke off, at 6 s; its warm-up runs again')
    expect(legs.begin(Date.parse(STARTED) + 100_400)).toEqual({
      kind: 'resumed',
      atUs: 100e6,
      reason: 'its process ended',
    })
    expect(legs.shifted(second(2))).toMatchObject({
      atUs: 103e6,
      buckets: [{ second: 102 }],
      windows: [{ window: 0, startUs: 102e6, endUs: null }],
    })
    expect(legs.startedAt).toBe(STARTED)
  })

  test('never goes back, whatever the clock on the wall tells', () => {
    const legs = new LoadLegs(PLAN, PLAN, broken())
    legs.begin(Date.parse(STARTED) - 5000)
    expect(legs.offsetUs).toBe(6e6)
  })

  test('keeps the number of generators that it had', () => {
    const legs = new LoadLegs(PLAN, PLAN, { ...broken(), generators: 3 })
    expect(legs.rest?.generators).toBe(3)
  })

  test('has both legs in its numbers', () => {
    const legs = new LoadLegs(PLAN, PLAN, broken())
    legs.begin(Date.parse(STARTED) + 100_000)
    for (let at = 0; at < 8; at++) {
      const last = at === 7 ? { final: true, windows: [{ window: 0, startUs: 2e6, endUs: 8e6 }] } : {}
      legs.aggregator.add(legs.shifted(second(at, last)))
    }
    const { gaps, series: whole, validity } = legs.aggregator.finish(END)
    expect(gaps).toEqual([{ fromUs: 6e6, toUs: 102e6, reason: 'its process ended' }])
    expect(whole.windowUs).toBe(10e6)
    expect(validity.state).toBe('suspect')
  })

  test('in its drain has nothing left to drive, and says what is missing', () => {
    const over = second(12, { windows: [{ window: 0, startUs: 2e6, endUs: 12e6 }] })
    const legs = new LoadLegs(PLAN, PLAN, broken([...Array.from({ length: 12 }, (_, at) => second(at)), over]))
    expect(legs.rest).toBeNull()
    expect(legs.begin(Date.parse(STARTED) + 100_000)).toBeNull()
    expect(legs.offsetUs).toBe(13e6)
    const { validity, gaps } = legs.aggregator.finish(END)
    expect(gaps).toEqual([])
    expect(validity.findings.map(({ cause, severity }) => [cause, severity])).toEqual([['resumed', 'suspect']])
  })

  test('after its end is whole and valid', () => {
    const over = second(12, { final: true, windows: [{ window: 0, startUs: 2e6, endUs: 12e6 }] })
    const legs = new LoadLegs(PLAN, PLAN, broken([...Array.from({ length: 12 }, (_, at) => second(at)), over]))
    expect(legs.breakText).toBe('it had been measured to its end')
    legs.begin(Date.parse(STARTED) + 100_000)
    expect(legs.aggregator.finish(END).validity.state).toBe('valid')
  })
})
