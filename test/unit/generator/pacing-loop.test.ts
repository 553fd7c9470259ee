import { describe, expect, test } from 'vitest'
import { type PacedSource, PacingLoop, type PacingTimers } from '../../../src/generator/pacing-loop.ts'

/** An event loop whose time passes only in timers, blocked slices and turns. */
class VirtualLoop implements PacingTimers {
  nowUs = 0
  turns = 0
  blockedUs = 0
  sleeps: number[] = []
  readonly #turnUs: number
  readonly #late: (ms: number) => number
  #next: (() => void)[] = []
  #timers: { atUs: number; callback: () => void }[] = []

  constructor(turnUs = 5, late: (ms: number) => number = () => 0) {
    this.#turnUs = turnUs
    this.#late = late
  }

  now(): number {
    return this.nowUs
  }

  nextTurn(callback: () => void): void {
    this.#next.push(callback)
  }

  later(callback: () => void, ms: number): () => void {
    const timer = { atUs: this.nowUs + ms * 1000 + this.#late(ms), callback }
    this.sleeps.push(ms)
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  block(us: number): void {
    this.blockedUs = Math.max(this.blockedUs, us)
    // A blocked thread wakes up late.
    this.nowUs += us + 55
  }

  /** Runs until nothing is left to do or the time is over. */
  run(untilUs: number): void {
    while (this.nowUs < untilUs) {
      this.turns++
      this.nowUs += this.#turnUs
      const callbacks = this.#next.splice(0)
      if (callbacks.length === 0) {
        const timer = this.#timers.sort((a, b) => a.atUs - b.atUs).shift()
        if (timer === undefined) return
        this.nowUs = Math.max(this.nowUs, timer.atUs)
        callbacks.push(timer.callback)
      }
      for (const callback of callbacks) callback()
    }
  }
}

/** Things due at given times, with when they were done. */
function schedule(loop: VirtualLoop, times: readonly number[], costUs = 0): PacedSource & { readonly lags: number[] } {
  let next = 0
  const lags: number[] = []
  return {
    lags,
    get dueUs() {
      return times[next] ?? Infinity
    },
    fire(nowUs) {
      lags.push(nowUs - times[next++]!)
      loop.nowUs += costUs
    },
  }
}

describe('the pacing loop', () => {
  test('does things at most a few microseconds late although timers are late and blocked slices overrun', () => {
    const loop = new VirtualLoop(5, () => 1400)
    const times = Array.from({ length: 200 }, (_, i) => i * 7_777)
    const source = schedule(loop, times)
    new PacingLoop(source, loop).wake()
    loop.run(2e6)
    expect(source.lags).toHaveLength(200)
    expect(Math.max(...source.lags)).toBeLessThan(20)
    expect(Math.min(...source.lags)).toBeGreaterThanOrEqual(0)
  })

  test('sleeps while nothing is near instead of spinning', () => {
    const loop = new VirtualLoop(5, () => 1000)
    const source = schedule(
      loop,
      Array.from({ length: 10 }, (_, i) => (i + 1) * 100_000),
    )
    new PacingLoop(source, loop).wake()
    loop.run(1.2e6)
    expect(source.lags).toHaveLength(10)
    // Two milliseconds of slices and turns per thing, at most.
    expect(loop.turns).toBeLessThan(10 * 40)
    expect(loop.sleeps.every((ms) => ms >= 90)).toBe(true)
  })

  test('never blocks longer than a slice, and not at all while there is work', () => {
    const loop = new VirtualLoop()
    const source = schedule(
      loop,
      Array.from({ length: 500 }, (_, i) => i * 100),
      90,
    )
    new PacingLoop(source, loop).wake()
    loop.run(1e5)
    expect(source.lags).toHaveLength(500)
    expect(loop.blockedUs).toBeLessThanOrEqual(100)
  })

  test('takes few long slices where no answer can come in, and is as exact', () => {
    const turnsOf = (awaiting: boolean): number => {
      const loop = new VirtualLoop()
      const source = schedule(
        loop,
        Array.from({ length: 100 }, (_, i) => (i + 1) * 10_000),
      )
      new PacingLoop(source, loop, () => awaiting).wake()
      loop.run(2e6)
      expect(source.lags).toHaveLength(100)
      expect(Math.max(...source.lags)).toBeLessThan(20)
      return loop.turns
    }
    expect(turnsOf(false)).toBeLessThan(turnsOf(true) / 1.5)
  })

  test('serves sockets between portions of a backlog', () => {
    const loop = new VirtualLoop()
    const source = schedule(
      loop,
      Array.from({ length: 1000 }, () => 0),
    )
    const pacing = new PacingLoop(source, loop)
    pacing.wake()
    expect(source.lags.length).toBeLessThan(100)
    loop.run(1e5)
    expect(source.lags).toHaveLength(1000)
  })

  test('sleeps for ever with nothing due until it is woken', () => {
    const loop = new VirtualLoop()
    let dueUs = Infinity
    const fired: number[] = []
    const pacing = new PacingLoop(
      {
        get dueUs() {
          return dueUs
        },
        fire: (nowUs) => {
          fired.push(nowUs)
          dueUs = Infinity
        },
      },
      loop,
    )
    pacing.wake()
    loop.run(1e5)
    expect(loop.sleeps).toEqual([])
    dueUs = loop.nowUs + 30_000
    const planned = dueUs
    pacing.wake()
    loop.run(1e6)
    expect(fired).toHaveLength(1)
    expect(fired[0]! - planned).toBeLessThan(20)
  })

  test('woken for something sooner does not wait for what it slept for', () => {
    const loop = new VirtualLoop()
    const due = [500_000]
    const fired: number[] = []
    const pacing = new PacingLoop(
      {
        get dueUs() {
          return due[0] ?? Infinity
        },
        fire: (nowUs) => {
          fired.push(nowUs)
          due.shift()
        },
      },
      loop,
    )
    pacing.wake()
    due.unshift(100_000)
    pacing.wake()
    loop.run(1e6)
    expect(fired.map((us) => Math.round(us / 1000))).toEqual([100, 500])
  })

  test('does nothing after it was stopped', () => {
    const loop = new VirtualLoop()
    const source = schedule(loop, [10, 20_000])
    const pacing = new PacingLoop(source, loop)
    pacing.wake()
    loop.run(1000)
    pacing.stop()
    pacing.wake()
    loop.run(1e6)
    expect(source.lags).toHaveLength(1)
  })
})
