import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClockOffset } from '../../../src/cluster/clock-offset.ts'

describe('the offset of another clock', () => {
  it('is unknown before the first ping', () => {
    expect(new ClockOffset().best).toBeNull()
  })

  it('comes from the quickest ping', () => {
    const clock = new ClockOffset()
    // 4 s in a queue on the way there.
    clock.add({ sentUs: 0, remoteUs: 1e9 + 4e6, receivedUs: 4_001_000 })
    clock.add({ sentUs: 5e6, remoteUs: 1e9 + 5e6 + 400, receivedUs: 5e6 + 900 })
    clock.add({ sentUs: 6e6, remoteUs: 1e9 + 6e6 + 9000, receivedUs: 6e6 + 10_000 })
    expect(clock.best).toEqual({ offsetUs: 1e9 - 50, roundTripUs: 900 })
  })

  it('is wrong by at most half the round trip, whatever the two ways take', () => {
    const way = integer({ min: 0, max: 1_000_000 })
    assert(
      property(array(tuple(way, way), { minLength: 1, maxLength: 20 }), integer(), (ways, offsetUs) => {
        const clock = new ClockOffset()
        ways.forEach(([there, back], i) => {
          const sentUs = i * 1e6
          clock.add({ sentUs, remoteUs: sentUs + there + offsetUs, receivedUs: sentUs + there + back })
        })
        const best = clock.best!
        expect(Math.abs(best.offsetUs - offsetUs)).toBeLessThanOrEqual(best.roundTripUs / 2 + 1)
      }),
    )
  })

  it('forgets pings over a minute old: clocks drift', () => {
    const clock = new ClockOffset()
    clock.add({ sentUs: 0, remoteUs: 500, receivedUs: 10 })
    clock.add({ sentUs: 61e6, remoteUs: 61e6 + 3000, receivedUs: 61e6 + 2000 })
    expect(clock.best).toEqual({ offsetUs: 2000, roundTripUs: 2000 })
    expect(clock.count).toBe(1)
  })
})
