import {
  CLUSTER_PROTOCOL,
  type ClusterData,
  type CommandData,
  type ControlData,
  type HelloData,
  MESSAGE,
  type PoolMessage,
  type WorkerMessage,
} from '../../src/cluster/control-messages.ts'
import type { LocustCodec } from '../../src/cluster/locust-codec.ts'
import type { MasterSocketListener, OpenMasterSocket } from '../../src/cluster/master-socket.ts'
import { type EnvelopeKeys, newSession, Opener, Sealer } from '../../src/cluster/sealed-envelope.ts'

/** What a worker is for a pool: opens what is sealed for it, and answers. */
export class WorkerEnd {
  readonly heard: PoolMessage[] = []
  /** Off: Locust takes it for ready, and nothing reaches it. */
  isThere = true
  /** So often it was asked. */
  probes = 0
  readonly hello: HelloData
  readonly id: string
  readonly #codec: LocustCodec
  readonly #keys: EnvelopeKeys
  readonly #opener: Opener
  #sealer: Sealer | null = null

  constructor(id: string, codec: LocustCodec, keys: EnvelopeKeys, about: Partial<HelloData> = {}) {
    this.id = id
    this.#codec = codec
    this.#keys = keys
    this.hello = {
      protocol: CLUSTER_PROTOCOL,
      session: newSession(),
      version: '1.0.0',
      node: 'v20',
      host: `host-${id}`,
      cores: 2,
      ...about,
    }
    this.#opener = new Opener(keys.command, this.hello.session, Date.now)
  }

  receive(sealed: Uint8Array): void {
    const opened = this.#opener.open(sealed)
    if ('refused' in opened) throw new Error(opened.refused)
    this.#sealer ??= new Sealer(this.#keys.report, { from: this.hello.session, to: opened.from }, Date.now)
    this.heard.push(this.#codec.unpack(opened.body) as PoolMessage)
  }

  /** Only after it has heard of the pool. */
  seal(message: WorkerMessage): Uint8Array {
    return this.#sealer!.seal(this.#codec.pack(message))
  }
}

/** A Locust master with our locustfile, for one pool and without a network. */
export class FakeMaster {
  readonly controls: ControlData[] = []
  readonly workers: WorkerEnd[] = []
  /** Off: nothing comes from it any more. */
  answers = true
  protocol: number = CLUSTER_PROTOCOL
  readonly #codec: LocustCodec
  #pool: MasterSocketListener | null = null

  constructor(codec: LocustCodec) {
    this.#codec = codec
  }

  readonly open: OpenMasterSocket = (_, listener) => {
    this.#pool = listener
    queueMicrotask(() => listener.connected())
    return { send: (bytes) => this.#hear(bytes), close: () => Promise.resolve() }
  }

  /** What the locustfile tells once a second, and at every change. */
  tell(): void {
    const workers = this.workers.map(({ id, hello }) => ({ id, state: 'ready', users: 0, hello }))
    const data: ClusterData = { protocol: this.protocol, locust: null, state: 'ready', workers }
    this.#post(MESSAGE.cluster, data)
  }

  report(worker: WorkerEnd, message: WorkerMessage): void {
    this.#post(MESSAGE.report, { from: worker.id, sealed: worker.seal(message) })
  }

  refuse(worker: WorkerEnd, reason: string): void {
    this.#post(MESSAGE.refused, { from: worker.id, reason })
  }

  #hear(bytes: Uint8Array): void {
    const { type, data } = this.#codec.decode(bytes)!
    if (type === MESSAGE.command) {
      const { to, sealed } = data as CommandData
      const worker = this.workers.find(({ id }) => id === to)
      worker?.receive(sealed)
      const last = worker?.heard.at(-1)
      if (last?.kind !== 'probe') return
      worker!.heard.pop()
      worker!.probes++
      if (worker!.isThere) this.report(worker!, { kind: 'present', probe: last.probe })
      return
    }
    this.controls.push(data as ControlData)
    if ((data as ControlData).do === 'join') this.tell()
  }

  #post(type: string, data: unknown): void {
    if (this.answers) this.#pool!.received(this.#codec.encode({ type, data, nodeId: 'pool' }))
  }
}
