import { beforeAll, describe, expect, it } from 'vitest'
import type { AllowedTarget } from '../../../src/cluster/allowed-targets.ts'
import { clusterPackages } from '../../../src/cluster/cluster-packages.ts'
import { ClusterWorker } from '../../../src/cluster/cluster-worker.ts'
import { type HelloData, MESSAGE, type ReportData } from '../../../src/cluster/control-messages.ts'
import { type LocustCodec, locustCodec } from '../../../src/cluster/locust-codec.ts'
import type { MasterSocketListener } from '../../../src/cluster/master-socket.ts'
import { envelopeKeys } from '../../../src/cluster/sealed-envelope.ts'
import type { WorkerLoadListener } from '../../../src/cluster/worker-load.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import type { GeneratorCommand } from '../../../src/pool/protocol.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../../support/load-plan.ts'
import { PoolEnd } from '../../support/pool-end.ts'

const KEYS = envelopeKeys('a secret of the test')
/** The pool's monotonic clock minus the worker's. */
const OFFSET_US = 5e9
const PLAN: LoadPlan = { ...loadPlan(arrivals(10, SECOND)), scenario: httpScenario('http://target.test:8000/x') }

let codec: LocustCodec
beforeAll(async () => {
  codec = locustCodec(await clusterPackages())
})

interface Carry {
  readonly prepare: Extract<GeneratorCommand, { kind: 'prepare' }>
  readonly commands: GeneratorCommand[]
  readonly listener: WorkerLoadListener
  ended: boolean
}

/** A worker with everything around it made up: clocks, master, generator. */
class Stage {
  nowMs = 1000
  readonly said: string[] = []
  readonly sent: { readonly socket: number; readonly type: string; readonly data: unknown }[] = []
  readonly sockets: { readonly id: string; readonly listener: MasterSocketListener; closed: boolean }[] = []
  readonly carried: Carry[] = []
  quits = 0
  readonly #pools = new Map<string, PoolEnd>()
  readonly pool: PoolEnd
  readonly worker: ClusterWorker
  /** Whether the master answers. */
  acks = true

  constructor(allowed: readonly AllowedTarget[] | null = null) {
    const wallMs = (): number => 1.7e12 + this.nowMs
    this.pool = this.newPool('pool')
    this.worker = new ClusterWorker({
      codec,
      keys: KEYS,
      allowed,
      about: { version: '0.0.0', node: 'v20', host: 'load-1', cores: 2 },
      newId: () => `w${this.sockets.length}`,
      clockUs: () => this.nowMs * 1000,
      wallMs,
      usage: () => ({ cpuPercent: 3, rssBytes: 50_000_000 }),
      say: (line) => this.said.push(line),
      quit: () => this.quits++,
      open: (id, listener) => {
        const socket = this.sockets.push({ id, listener, closed: false }) - 1
        return {
          send: (bytes) => this.#fromWorker(socket, bytes),
          close: () => Promise.resolve(void (this.sockets[socket]!.closed = true)),
        }
      },
      carry: (prepare, _files, listener) => {
        const carry: Carry = { prepare, commands: [], listener, ended: false }
        this.carried.push(carry)
        return {
          send: (command) => carry.commands.push(command),
          end: () => Promise.resolve(void (carry.ended = true)),
        }
      },
    })
  }

  newPool(name: string): PoolEnd {
    const clock = { us: () => this.nowMs * 1000 + OFFSET_US, wallMs: () => 1.7e12 + this.nowMs }
    const pool = new PoolEnd(codec, KEYS, clock, ({ sealed }) => this.receive(MESSAGE.command, { from: name, sealed }))
    this.#pools.set(name, pool)
    return pool
  }

  /** The master says something to the worker. */
  receive(type: string, data: unknown): void {
    const { id, listener } = this.sockets.at(-1)!
    listener.received(codec.encode({ type, data, nodeId: id }))
  }

  connect(): this {
    this.sockets.at(-1)!.listener.connected()
    return this
  }

  /** Lets time pass in the steps in which a worker's owner wakes it; `awake: false` leaves out all but the last. */
  pass(ms: number, awake = true): void {
    const until = this.nowMs + ms
    while (this.nowMs < until) {
      this.nowMs = awake ? Math.min(until, this.nowMs + 250) : until
      this.worker.look()
      if (this.nowMs % 1000 === 0) this.worker.tick()
    }
  }

  /** A load that runs. */
  load(): Carry {
    this.pool.prepare('w', 'load', PLAN)
    const carry = this.carried.at(-1)!
    carry.listener.report({ kind: 'ready', index: 0 })
    return carry
  }

  types(): string[] {
    return this.sent.map(({ type }) => type)
  }

  #fromWorker(socket: number, bytes: Uint8Array): void {
    const { type, data } = codec.decode(bytes)!
    this.sent.push({ socket, type, data })
    if (type === 'client_ready' && this.acks) this.receive('ack', { index: 0 })
    if (type === MESSAGE.hello) this.pool.hello('w', data as HelloData)
    if (type !== MESSAGE.report) return
    const { to, sealed } = data as ReportData
    this.#pools.get(to)!.receive(type, { from: 'w', sealed })
  }
}

const told = (stage: Stage): unknown[] => stage.pool.told.map(({ message }) => message)

describe('a cluster worker', () => {
  it('registers, says hello, and tells each second that it lives', () => {
    const stage = new Stage().connect()
    stage.pass(2000)
    expect(stage.types()).toEqual(['client_ready', MESSAGE.hello, 'heartbeat', 'stats', 'heartbeat', 'stats'])
    expect(stage.sent[0]!.data).toBe(-1)
    expect(stage.sent[2]!.data).toEqual({ state: 'ready', current_cpu_usage: 3, current_memory_usage: 50_000_000 })
  })

  it('takes users from Locust, once for each spawn, and gives them back', () => {
    const stage = new Stage().connect()
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
    const stage = new Stage()
    stage.acks = false
    stage.connect()
    stage.receive('spawn', { timestamp: 1, user_classes_count: { Lane: 1 } })
    stage.pass(1000)
    expect(stage.types()).toEqual(['client_ready'])
  })

  it('reports ready after eight pings, with times turned into its own clock', () => {
    const stage = new Stage().connect()
    const carry = stage.load()
    expect(told(stage)).toEqual([
      { kind: 'clock', load: 'load', offsetUs: OFFSET_US, roundTripUs: 0 },
      { kind: 'report', load: 'load', report: { kind: 'ready', index: 0 } },
    ])
    const startUs = stage.nowMs * 1000 + OFFSET_US + 50_000
    stage.pool.send('w', { kind: 'command', load: 'load', command: { kind: 'go', startUs } })
    expect(carry.commands).toEqual([{ kind: 'go', startUs: stage.nowMs * 1000 + 50_000 }])
  })

  it('keeps ready back while the pool has not told its time', () => {
    const stage = new Stage().connect()
    stage.pool.answersPings = false
    stage.load()
    stage.pass(1000)
    expect(told(stage)).toEqual([])
    stage.pool.answersPings = true
    stage.pass(1000)
    expect(told(stage)).toHaveLength(2)
  })

  it('ends a load when it is told to, and takes the next', async () => {
    const stage = new Stage().connect()
    const first = stage.load()
    stage.pool.send('w', { kind: 'end', load: 'load' })
    await Promise.resolve()
    expect(first.ended).toBe(true)
    expect(told(stage).at(-1)).toEqual({ kind: 'gone', load: 'load', reason: 'ended' })
    expect(stage.load().ended).toBe(false)
  })

  it('drops its load when it was frozen for three seconds, and registers anew under another session', () => {
    const stage = new Stage().connect()
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
    const stage = new Stage().connect()
    const carry = stage.load()
    stage.nowMs += 3000
    stage.pool.send('w', { kind: 'command', load: 'load', command: { kind: 'go', startUs: 1 } })
    expect(carry).toMatchObject({ ended: true, commands: [] })
  })

  it('keeps a load through a break of two seconds', () => {
    const stage = new Stage().connect()
    const carry = stage.load()
    stage.pass(2000, false)
    expect(carry.ended).toBe(false)
  })

  it('drops its load when the pool is silent for three seconds, and stays', () => {
    const stage = new Stage().connect()
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
    const stage = new Stage().connect()
    const carry = stage.load()
    stage.pass(300_000)
    expect(carry.ended).toBe(false)
  })

  it('comes back under another name when the master does not answer', () => {
    const stage = new Stage()
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
    const stage = new Stage()
    stage.pass(60_000)
    expect(stage.said).toEqual(['no master answers there yet: still trying'])
    expect(new Stage().connect().said).toEqual(['ready as w0'])
  })

  it('registers anew with a master that told it to quit and is still there', () => {
    const stage = new Stage().connect()
    stage.receive('quit', null)
    stage.pass(3000)
    expect(stage.sockets).toHaveLength(2)
    const gone = new Stage().connect()
    gone.receive('quit', null)
    gone.sockets[0]!.listener.disconnected()
    gone.pass(60_000)
    expect(gone.sockets).toHaveLength(1)
  })

  it('waits for a master that cannot be reached, however long', () => {
    const stage = new Stage().connect()
    stage.sockets[0]!.listener.disconnected()
    stage.pass(600_000)
    expect(stage.sockets).toHaveLength(1)
    expect(stage.said.at(-1)).toBe('the master is gone: waiting for it')
    stage.connect()
    expect(stage.types().at(-1)).toBe(MESSAGE.hello)
  })

  it('refuses what is not signed, once a second and with one line, and stays', () => {
    const stage = new Stage().connect()
    for (let i = 0; i < 5; i++) stage.receive(MESSAGE.command, { from: 'x\ny', sealed: Buffer.from('plan') })
    expect(stage.said.slice(1)).toEqual([String.raw`refused a message from "x\ny": it is not signed`])
    expect(stage.sent.at(-1)).toMatchObject({ type: MESSAGE.refused, data: { to: 'x\ny', reason: 'it is not signed' } })
    for (const strange of [null, 7, {}, { from: 3, sealed: 'text' }]) stage.receive(MESSAGE.command, strange)
    expect(stage.load().ended).toBe(false)
  })

  it('refuses a load that was recorded and is sent again', () => {
    const stage = new Stage().connect()
    const { sealed } = stage.pool.seal('w', {
      kind: 'prepare',
      load: 'a',
      command: { kind: 'prepare', plan: PLAN, part: { index: 0, count: 1 }, parentPid: 0 },
      files: [],
    })
    stage.receive(MESSAGE.command, { from: 'pool', sealed })
    stage.receive(MESSAGE.command, { from: 'pool', sealed })
    expect(stage.carried).toHaveLength(1)
    expect(stage.said.at(-1)).toMatch(/refused .*replayed/)
  })

  it('declines targets that are not on its list, naming the first', () => {
    const stage = new Stage([{ host: 'target.test', port: 80 }]).connect()
    stage.pool.prepare('w', 'load', PLAN)
    expect(stage.carried).toEqual([])
    expect(told(stage)).toEqual([
      {
        kind: 'declined',
        load: 'load',
        reason: expect.stringMatching(/target target\.test:8000 is not on this worker's --allow-target list/) as string,
      },
    ])
  })

  it('carries several loads of one pool, and none of a second pool meanwhile', () => {
    const stage = new Stage().connect()
    stage.load()
    stage.pool.prepare('w', 'second', PLAN)
    expect(stage.carried).toHaveLength(2)
    const other = stage.newPool('other')
    other.hello('w', stage.sent.find(({ type }) => type === MESSAGE.hello)!.data as HelloData)
    other.prepare('w', 'third', PLAN)
    expect(stage.carried).toHaveLength(2)
    const reason = 'the worker carries the load of another pool'
    expect(other.told).toEqual([{ from: 'w', message: { kind: 'declined', load: 'third', reason } }])
  })

  it('lets go when a person stops the test in Locust, not when an earlier test is stopped', () => {
    const stage = new Stage().connect()
    const carry = stage.load()
    stage.receive('stop', null)
    expect(carry.ended).toBe(false)
    stage.receive('spawn', { timestamp: 1, user_classes_count: { Lane: 1 } })
    stage.receive('stop', null)
    expect(carry.ended).toBe(true)
  })

  it('lets go when the master shuts down', () => {
    const stage = new Stage().connect()
    const carry = stage.load()
    stage.receive('quit', null)
    expect([carry.ended, stage.quits]).toEqual([true, 1])
  })

  it('ends its loads and leaves when it is closed', async () => {
    const stage = new Stage().connect()
    const carry = stage.load()
    await stage.worker.close()
    expect(carry.ended).toBe(true)
    expect(stage.types().at(-1)).toBe('quit')
    expect(stage.sockets[0]!.closed).toBe(true)
  })
})
