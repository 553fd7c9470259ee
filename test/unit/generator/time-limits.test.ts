import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Limited, TimeLimits } from '../../../src/generator/time-limits.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const now = (): number => performance.now() * 1e3

class Thing implements Limited {
  place = -1
  dueUs: number
  expiredAtMs: number | null = null
  readonly #limits: TimeLimits
  readonly #then: () => void

  constructor(limits: TimeLimits, dueMs: number, then: () => void = () => {}) {
    this.#limits = limits
    this.#then = then
    this.dueUs = dueMs * 1e3
    limits.watch(this)
  }

  expire(nowUs: number): void {
    this.#limits.unwatch(this)
    this.expiredAtMs = nowUs / 1e3
    this.#then()
  }
}

test('each limit runs out in its time, in whatever order they were set', () => {
  const limits = new TimeLimits(now)
  const startMs = performance.now()
  const things = [50, 20, 90, 20, 70].map((ms) => new Thing(limits, startMs + ms))
  vi.advanceTimersByTime(200)
  expect(things.map(({ expiredAtMs }) => Math.round(expiredAtMs! - startMs))).toEqual([50, 20, 90, 20, 70])
})

test('a limit that was moved runs out in its new time, and one that was taken off never', () => {
  const limits = new TimeLimits(now)
  const startMs = performance.now()
  const [later, sooner, gone] = [40, 60, 30].map((ms) => new Thing(limits, startMs + ms)) as [Thing, Thing, Thing]
  later.dueUs += 50_000
  sooner.dueUs -= 50_000
  limits.sooner(sooner.dueUs)
  limits.unwatch(gone)
  vi.advanceTimersByTime(200)
  expect(Math.round(sooner.expiredAtMs! - startMs)).toBe(10)
  expect(Math.round(later.expiredAtMs! - startMs)).toBe(90)
  expect(gone.expiredAtMs).toBeNull()
})

test('one that runs out may take others along and start new ones', () => {
  const limits = new TimeLimits(now)
  const startMs = performance.now()
  let started: Thing | null = null
  const other = new Thing(limits, startMs + 10)
  const first = new Thing(limits, startMs + 10, () => {
    limits.unwatch(other)
    started = new Thing(limits, startMs + 15)
  })
  limits.unwatch(other)
  limits.watch(other)
  vi.advanceTimersByTime(100)
  expect(first.expiredAtMs).not.toBeNull()
  expect(other.expiredAtMs).toBeNull()
  expect(Math.round(started!.expiredAtMs! - startMs)).toBe(15)
})

test('requests that end in time set no timers', () => {
  const limits = new TimeLimits(now)
  // Not a spy: Vitest would put what it spied on back after the file, the fake timer, for every file after it.
  const fake = globalThis.setTimeout
  let set = 0
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof fake>) => (set++, fake(...args)), fake)
  for (let i = 0; i < 1000; i++) {
    const thing = new Thing(limits, performance.now() + 60_000)
    vi.advanceTimersByTime(1)
    limits.unwatch(thing)
  }
  globalThis.setTimeout = fake
  expect(set).toBe(1)
})
