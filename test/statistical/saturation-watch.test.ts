import { describe, expect, test } from 'vitest'
import { SaturationWatch } from '../../src/measure/saturation-watch.ts'
import { liveSecond } from '../support/live-second.ts'
import { Random } from './random.ts'

interface Queue {
  /** Arrivals per second, at random. */
  readonly rate: number
  /** Service times of one server, exponential; arrivals queue when all servers are busy. */
  readonly serviceSeconds: number
  readonly servers: number
}

/** The second in which a queue of this kind is called saturated; `null` when it never is. */
function alarm({ rate, serviceSeconds, servers }: Queue, seconds: number, window: number, seed: number): number | null {
  const random = new Random(seed)
  const exponential = (mean: number): number => -Math.log(random.uniform()) * mean
  const freeAt = Array.from<number>({ length: servers }).fill(0)
  const arrived = Array.from<number>({ length: seconds }).fill(0)
  const latencies = Array.from({ length: seconds }, (): number[] => [])
  for (let at = exponential(1 / rate); at < seconds; at += exponential(1 / rate)) {
    arrived[Math.floor(at)]!++
    let first = 0
    for (let i = 1; i < servers; i++) if (freeAt[i]! < freeAt[first]!) first = i
    const end = Math.max(at, freeAt[first]!) + exponential(serviceSeconds)
    freeAt[first] = end
    if (end < seconds) latencies[Math.floor(end)]!.push((end - at) * 1e6)
  }
  const watch = new SaturationWatch(window)
  let backlog = 0
  for (let second = 0; second < seconds; second++) {
    backlog += arrived[second]! - latencies[second]!.length
    if (watch.take(liveSecond(second, latencies[second]!, { backlog }), rate) !== null) return second + 1
  }
  return null
}

const alarms = (queue: Queue, seconds: number, trials: number, window = 10): number[] =>
  Array.from({ length: trials }, (_, trial) => alarm(queue, seconds, window, trial + 1)).flatMap((at) => at ?? [])

/** A queue that serves `capacity` a second at most. */
const queue = (capacity: number, load: number, servers = 4): Queue => ({
  rate: capacity * load,
  serviceSeconds: servers / capacity,
  servers,
})

describe('a target below its capacity', () => {
  test.each([0.5, 0.8, 0.9])('is not called saturated in two hours at %d of it', (load) => {
    expect(alarms(queue(100, load), 600, 12)).toEqual([])
  })

  test('is hardly ever at 95 %, where queues come and go', () => {
    expect(alarms(queue(100, 0.95), 600, 12).length).toBeLessThanOrEqual(1)
  })

  test('is not while the load fills up a target whose answers take long', () => {
    for (const serviceSeconds of [1, 3, 10])
      expect(alarms({ rate: 30, serviceSeconds, servers: 1000 }, 60, 10)).toEqual([])
  })
})

describe('a target past its capacity', () => {
  test.each([
    [1.2, 0.95, 25],
    [1.5, 1, 15],
    [3, 1, 15],
  ])('at %d times of it is found in %d of loads, half of them within %d s', (load, share, within) => {
    const found = alarms(queue(100, load), 60, 30).sort((a, b) => a - b)
    expect(found.length).toBeGreaterThanOrEqual(share * 30)
    expect(found[15]).toBeLessThanOrEqual(within)
  })

  test('is found at ten requests a second where the window is long', () => {
    expect(alarms(queue(10, 1.5), 120, 20, 30).length).toBeGreaterThanOrEqual(19)
  })
})
