import { describe, expect, it } from 'vitest'
import { Fence } from '../../../src/cluster/fence.ts'

const at = (monotonicMs: number, wallMs = monotonicMs) => ({ monotonicMs, wallMs: 1e12 + wallMs })

/** Ticks four times a second, as a process does that gets its turns; the pool's word comes once a second. */
function kept(fence: Fence, fromMs: number, toMs: number, heard = true): (string | null)[] {
  const told: (string | null)[] = []
  for (let ms = fromMs; ms <= toMs; ms += 250) {
    if (heard && ms % 1000 === 0) fence.heard(at(ms))
    told.push(fence.tick(at(ms)))
  }
  return told.filter((cause) => cause !== null)
}

describe('the fence of a worker', () => {
  it('says nothing while turns and the words of the pool come', () => {
    expect(kept(new Fence(at(0)), 0, 60_000)).toEqual([])
  })

  it('tells a freeze of three seconds, once', () => {
    const fence = new Fence(at(0))
    kept(fence, 0, 5000)
    expect(fence.tick(at(8000))).toBe('frozen')
    expect(fence.tick(at(8250))).toBeNull()
  })

  it('lets a shorter break pass', () => {
    const fence = new Fence(at(0))
    fence.heard(at(2000))
    expect(fence.tick(at(2999))).toBeNull()
  })

  it('tells a machine that was suspended, whose monotonic clock stood still', () => {
    const fence = new Fence(at(0))
    expect(fence.tick(at(250, 7250))).toBe('frozen')
    expect(fence.tick(at(500, 7500))).toBeNull()
  })

  it('is not startled by a wall clock that is set back', () => {
    const fence = new Fence(at(0))
    expect(fence.tick(at(250, -600_000))).toBeNull()
  })

  it('tells that the pool was silent for three seconds, and counts anew from then', () => {
    const fence = new Fence(at(0))
    expect(kept(fence, 250, 2750, false)).toEqual([])
    expect(fence.tick(at(3000))).toBe('deserted')
    expect(kept(fence, 3250, 5750, false)).toEqual([])
    expect(fence.tick(at(6000))).toBe('deserted')
  })
})
