import { beforeAll, describe, expect, it } from 'vitest'
import { clusterPackages } from '../../../src/cluster/cluster-packages.ts'
import { MESSAGE } from '../../../src/cluster/control-messages.ts'
import { type LocustCodec, locustCodec } from '../../../src/cluster/locust-codec.ts'
import { OFFSET_US, WorkerStage } from '../../support/worker-stage.ts'

let codec: LocustCodec
beforeAll(async () => {
  codec = locustCodec(await clusterPackages())
})

const newStage = (): WorkerStage => new WorkerStage(codec)

describe('a cluster worker', () => {
  it('registers, says hello, and tells each second that it lives', () => {
    const stage = newStage().connect()
    stage.pass(2000)
    expect(stage.types()).toEqual(['client_ready', MESSAGE.hello, 'heartbeat', 'stats', 'heartbeat', 'stats'])
    expect(stage.sent[0]!.data).toBe(-1)
    expect(stage.sent[2]!.data).toEqual({ state: 'ready', current_cpu_usage: 3, current_memory_usage: 50_000_000 })
  })

  it('takes users from Locust, once for each spawn, and gives them back', () => {
    const stage = newStage().connect()
    const spawn = (timestamp: number, users: number): void =>
      stage.receive('spawn', { timestamp, user_classes_count: { Lane: users } })
    spawn(10, 2)
    spawn(9, 7)
    stage.receive('stop', null)
    const own = stage.sent.slice(2).map(({ type, data }) => [type, data])
    expect(own.slice(0, 6)).toEqual([
      ['spawning', null],
      ['spawning_complete', { user_classes_count: { Lane: 2 }, user_count: 2 }],
      ['spawning', null],
      ['client_stopped', null],
      ['client_ready', -1],
      [MESSAGE.hello, expect.anything()],
    ])
  })

  it('says nothing that a master could trip over before it is known to it', () => {
    const stage = newStage()
    stage.acks = false
    stage.connect()
    stage.receive('spawn', { timestamp: 1, user_classes_count: { Lane: 1 } })
    stage.pass(1000)
    expect(stage.types()).toEqual(['client_ready'])
  })

  it('reports ready after eight pings, with times turned into its own clock', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    expect(stage.told()).toEqual([
      { kind: 'clock', load: 'load', offsetUs: OFFSET_US, roundTripUs: 0 },
      { kind: 'report', load: 'load', report: { kind: 'ready', index: 0 } },
    ])
    const startUs = stage.nowMs * 1000 + OFFSET_US + 50_000
    stage.pool.send('w', { kind: 'command', load: 'load', command: { kind: 'go', startUs } })
    expect(carry.commands).toEqual([{ kind: 'go', startUs: stage.nowMs * 1000 + 50_000 }])
  })

  it('keeps ready back while the pool has not told its time', () => {
    const stage = newStage().connect()
    stage.pool.answersPings = false
    stage.load()
    stage.pass(1000)
    expect(stage.told()).toEqual([])
    stage.pool.answersPings = true
    stage.pass(1000)
    expect(stage.told()).toHaveLength(2)
  })

  it('ends a load when it is told to, and takes the next', async () => {
    const stage = newStage().connect()
    const first = stage.load()
    stage.pool.send('w', { kind: 'end', load: 'load' })
    await Promise.resolve()
    expect(first.ended).toBe(true)
    expect(stage.told().at(-1)).toEqual({ kind: 'gone', load: 'load', reason: 'ended' })
    expect(stage.load().ended).toBe(false)
  })

  it('drops its load when it was frozen for three seconds, and registers anew under another session', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    const before = stage.pool.seal('w', { kind: 'command', load: 'load', command: { kind: 'go', startUs: 1 } })
    stage.pass(3000, false)
    expect(carry.ended).toBe(true)
    expect(stage.types().filter((type) => type === 'client_ready')).toHaveLength(2)
    expect(stage.types().filter((type) => type === MESSAGE.hello)).toHaveLength(2)
    expect(stage.said.at(-2)).toMatch(/frozen for over 3 s/)
    // What waited in the network meanwhile was meant for the worker of before.
    stage.receive(MESSAGE.command, { from: 'pool', sealed: before.sealed })
    expect(stage.said.at(-1)).toMatch(/refused .*stale or replayed/)
    expect(stage.load().ended).toBe(false)
  })

  it('does nothing of what waited for it while it was frozen, also when it reads that before its clock', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.nowMs += 3000
    stage.pool.send('w', { kind: 'command', load: 'load', command: { kind: 'go', startUs: 1 } })
    expect(carry).toMatchObject({ ended: true, commands: [] })
  })

  it('keeps a load through a break of two seconds', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.pass(2000, false)
    expect(carry.ended).toBe(false)
  })

  it('drops its load when the pool is silent for three seconds, and stays', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.pool.answersPings = false
    stage.pass(2750)
    expect(carry.ended).toBe(false)
    stage.pass(500)
    expect(carry.ended).toBe(true)
    stage.pool.answersPings = true
    expect(stage.load().ended).toBe(false)
  })

  it('keeps its load for long while the pool answers', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.pass(300_000)
    expect(carry.ended).toBe(false)
  })

  it('comes back under another name when the master does not answer', () => {
    const stage = newStage()
    stage.acks = false
    stage.connect()
    stage.pass(3000)
    expect(stage.sockets).toMatchObject([
      { id: 'w0', closed: true },
      { id: 'w1', closed: false },
    ])
    stage.acks = true
    stage.connect()
    expect(stage.said.at(-1)).toBe('ready as w1')
  })

  it('tells once that nobody answers where it was sent', () => {
    const stage = newStage()
    stage.pass(60_000)
    expect(stage.said).toEqual(['no master answers there yet: still trying'])
    expect(newStage().connect().said).toEqual(['ready as w0'])
  })

  it('registers anew with a master that told it to quit and is still there', () => {
    const stage = newStage().connect()
    stage.receive('quit', null)
    stage.pass(3000)
    expect(stage.sockets).toHaveLength(2)
    const gone = newStage().connect()
    gone.receive('quit', null)
    gone.sockets[0]!.listener.disconnected()
    gone.pass(60_000)
    expect(gone.sockets).toHaveLength(1)
  })

  it('waits for a master that cannot be reached, however long', () => {
    const stage = newStage().connect()
    stage.sockets[0]!.listener.disconnected()
    stage.pass(600_000)
    expect(stage.sockets).toHaveLength(1)
    expect(stage.said.at(-1)).toBe('the master is gone: waiting for it')
    stage.connect()
    expect(stage.types().at(-1)).toBe(MESSAGE.hello)
  })

  it('lets go when a person stops the test in Locust, not when an earlier test is stopped', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.receive('stop', null)
    expect(carry.ended).toBe(false)
    stage.receive('spawn', { timestamp: 1, user_classes_count: { Lane: 1 } })
    stage.receive('stop', null)
    expect(carry.ended).toBe(true)
  })

  it('lets go when the master shuts down', () => {
    const stage = newStage().connect()
    const carry = stage.load()
    stage.receive('quit', null)
    stage.receive('quit', null)
    expect([carry.ended, stage.quits]).toEqual([true, 1])
  })

  it('ends its loads and leaves when it is closed', async () => {
    const stage = newStage().connect()
    const carry = stage.load()
    await stage.worker.close()
    expect(carry.ended).toBe(true)
    expect(stage.types().at(-1)).toBe('quit')
    expect(stage.sockets[0]!.closed).toBe(true)
  })
})
