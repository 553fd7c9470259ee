import { describe, expect, it } from 'vitest'
import { envelopeKeys, newSession, Opener, Sealer } from '../../../src/cluster/sealed-envelope.ts'

const KEYS = envelopeKeys('a secret of the test')
const OTHER_KEYS = envelopeKeys('another secret')
const WORKER = newSession()
const POOL = newSession()
const BODY = Buffer.from('{"authorization":"Bearer of-the-user"}')

function ends(nowMs = 1_700_000_000_000) {
  const clock = { nowMs }
  const now = (): number => clock.nowMs
  return {
    clock,
    sealer: new Sealer(KEYS.command, { from: POOL, to: WORKER }, now),
    opener: new Opener(KEYS.command, WORKER, now),
  }
}

const refused = (words: RegExp): object => ({ refused: expect.stringMatching(words) as string })

describe('a sealed envelope', () => {
  it('opens for its session with sender and number', () => {
    const { sealer, opener } = ends()
    expect(opener.open(sealer.seal(BODY))).toEqual({ body: BODY, from: POOL, number: 1 })
    expect(opener.open(sealer.seal(Buffer.alloc(0)))).toEqual({ body: Buffer.alloc(0), from: POOL, number: 2 })
  })

  it('shows nothing of its body, and never the same bytes twice', () => {
    const { sealer } = ends()
    const [first, second] = [sealer.seal(BODY), sealer.seal(BODY)]
    expect(first.includes('of-the-user')).toBe(false)
    expect(first.subarray(20, 80).equals(second.subarray(20, 80))).toBe(false)
  })

  it('is refused without a signature', () => {
    const { opener } = ends()
    for (const unsigned of [undefined, null, 'text', {}, Buffer.alloc(0), Buffer.from('vp1:'), Buffer.alloc(500)])
      expect(opener.open(unsigned)).toEqual(refused(/not signed/))
  })

  it('is refused with another secret and with any byte changed', () => {
    const { sealer, opener } = ends()
    const foreign = new Sealer(OTHER_KEYS.command, { from: POOL, to: WORKER }, () => 1_700_000_000_000)
    expect(opener.open(foreign.seal(BODY))).toEqual(refused(/another secret/))
    const sealed = sealer.seal(BODY)
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed[i]! ^= 1
      expect(opener.open(changed)).toEqual(refused(i < 4 ? /not signed/ : /changed on its way/))
    }
    expect(opener.open(sealed)).toMatchObject({ number: 1 })
  })

  it('cannot be turned back on its sender', () => {
    const { sealer } = ends()
    const reports = new Opener(KEYS.report, WORKER, () => 1_700_000_000_000)
    expect(reports.open(sealer.seal(BODY))).toEqual(refused(/another secret/))
  })

  it('is refused when it comes again, or after a later one', () => {
    const { sealer, opener } = ends()
    const [first, second] = [sealer.seal(BODY), sealer.seal(BODY)]
    expect(opener.open(second)).toMatchObject({ number: 2 })
    expect(opener.open(second)).toEqual(refused(/replayed: message 2 after message 2/))
    expect(opener.open(first)).toEqual(refused(/replayed: message 1 after message 2/))
  })

  it('is refused by a worker that began a new session since', () => {
    const { sealer, clock } = ends()
    const anew = new Opener(KEYS.command, newSession(), () => clock.nowMs)
    expect(anew.open(sealer.seal(BODY))).toEqual(refused(/stale or replayed: .*another session/))
  })

  it('is refused when it is old or from the future, by how long', () => {
    const { sealer, opener, clock } = ends()
    const held = sealer.seal(BODY)
    clock.nowMs += 120_000
    expect(opener.open(held)).toMatchObject({ number: 1 })
    const heldLonger = sealer.seal(BODY)
    clock.nowMs += 121_000
    expect(opener.open(heldLonger)).toEqual(refused(/stale: signed 121 s ago/))
    clock.nowMs -= 400_000
    expect(opener.open(heldLonger)).toEqual(refused(/279 s ahead/))
  })

  it('stays refused when its sender was silent for long', () => {
    const { sealer, opener, clock } = ends()
    const first = sealer.seal(BODY)
    expect(opener.open(first)).toMatchObject({ number: 1 })
    clock.nowMs += 500_000
    const other = new Sealer(KEYS.command, { from: newSession(), to: WORKER }, () => clock.nowMs)
    expect(opener.open(other.seal(BODY))).toMatchObject({ number: 1 })
    expect(opener.open(first)).toEqual(refused(/stale/))
  })
})
