import type { AllowedTarget } from '../../src/cluster/allowed-targets.ts'
import { ClusterWorker } from '../../src/cluster/cluster-worker.ts'
import { type HelloData, MESSAGE, type ReportData } from '../../src/cluster/control-messages.ts'
import type { LocustCodec } from '../../src/cluster/locust-codec.ts'
import type { MasterSocketListener } from '../../src/cluster/master-socket.ts'
import { envelopeKeys } from '../../src/cluster/sealed-envelope.ts'
import type { WorkerLoadListener } from '../../src/cluster/worker-load.ts'
import type { LoadPlan } from '../../src/domain/load-plan.ts'
import type { GeneratorCommand } from '../../src/pool/protocol.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from './load-plan.ts'
import { PoolEnd } from './pool-end.ts'

const KEYS = envelopeKeys('a secret of the test')
/** The pool's monotonic clock minus the worker's. */
export const OFFSET_US: number = 5e9
/** To `target.test:8000`. */
export const STAGE_PLAN: LoadPlan = {
  ...loadPlan(arrivals(10, SECOND)),
  scenario: httpScenario('http://target.test:8000/x'),
}

/** A load that the worker carries. */
interface Carry {
  readonly prepare: Extract<GeneratorCommand, { kind: 'prepare' }>
  readonly commands: GeneratorCommand[]
  readonly listener: WorkerLoadListener
  ended: boolean
}

/** A worker with everything around it made up: clocks, master, generator. */
export class WorkerStage {
  nowMs = 1000
  readonly said: string[] = []
  readonly sent: { readonly socket: number; readonly type: string; readonly data: unknown }[] = []
  readonly sockets: { readonly id: string; readonly listener: MasterSocketListener; closed: boolean }[] = []
  readonly carried: Carry[] = []
  quits = 0
  readonly #codec: LocustCodec
  readonly #pools = new Map<string, PoolEnd>()
  readonly pool: PoolEnd
  readonly worker: ClusterWorker
  /** Whether the master answers. */
  acks = true

  constructor(codec: LocustCodec, allowed: readonly AllowedTarget[] | null = null) {
    this.#codec = codec
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
    const pool = new PoolEnd(this.#codec, KEYS, clock, ({ sealed }) =>
      this.receive(MESSAGE.command, { from: name, sealed }),
    )
    this.#pools.set(name, pool)
    return pool
  }

  /** The master says something to the worker. */
  receive(type: string, data: unknown): void {
    const { id, listener } = this.sockets.at(-1)!
    listener.received(this.#codec.encode({ type, data, nodeId: id }))
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
    this.pool.prepare('w', 'load', STAGE_PLAN)
    const carry = this.carried.at(-1)!
    carry.listener.report({ kind: 'ready', index: 0 })
    return carry
  }

  /** Of all that was sent. */
  types(): string[] {
    return this.sent.map(({ type }) => type)
  }

  /** What the pool was told, pings left out. */
  told(): unknown[] {
    return this.pool.told.map(({ message }) => message)
  }

  #fromWorker(socket: number, bytes: Uint8Array): void {
    const { type, data } = this.#codec.decode(bytes)!
    this.sent.push({ socket, type, data })
    if (type === 'client_ready' && this.acks) this.receive('ack', { index: 0 })
    if (type === MESSAGE.hello) this.pool.hello('w', data as HelloData)
    if (type !== MESSAGE.report) return
    const { to, sealed } = data as ReportData
    this.#pools.get(to)!.receive(type, { from: 'w', sealed })
  }
}
