import {
  CLUSTER_PROTOCOL,
  type ClusterData,
  type CommandData,
  type ControlData,
  type HelloData,
  MESSAGE,
  type PoolMessage,
  type RefusedData,
  type ReportData,
  type WorkerMessage,
} from '../cluster/control-messages.ts'
import type { LocustCodec } from '../cluster/locust-codec.ts'
import type { MasterSocket, OpenMasterSocket } from '../cluster/master-socket.ts'
import { type EnvelopeKeys, newSession, Opener, Sealer } from '../cluster/sealed-envelope.ts'

/** A worker that can take loads. */
export interface ReadyWorker {
  /** Locust's node id. */
  readonly id: string
  readonly hello: HelloData
}

/** Who follows what comes over the link. */
export interface LinkListener {
  /** @param session of the worker: nobody else can have sealed it */
  message(session: string, message: WorkerMessage): void
  /** A worker is another one now, or gone from the master's list. */
  changed(): void
  /** The master says nothing; continues `the Locust master ...`. */
  silent(reason: string): void
}

/** What a link works with. */
export interface MasterLinkParts {
  readonly codec: LocustCodec
  readonly keys: EnvelopeKeys
  readonly open: OpenMasterSocket
  /** Own name on the master's port. */
  readonly nodeId: string
  /** Of this package: workers of another one take no load. */
  readonly version: string
  /** Monotonic clock, which loads run by; microseconds. */
  readonly nowUs: () => number
  /** Unix time, milliseconds. */
  readonly wallMs: () => number
  /** A sentence for the user. */
  readonly note: (message: string) => void
}

/** Workers end a load that has no pool after as long; the master tells of them once a second. */
const SILENT_AFTER_US = 3e6
/** A worker that has answered since is there. */
const PRESENT_US = 2e6
/** What a pause of this process looks like between two ticks. */
const PAUSED_AFTER_US = 2e6

/** The pool's connection to a Locust master and, through it, to the workers. Its owner calls `tick()` once a second. */
export class MasterLink {
  readonly #parts: MasterLinkParts
  readonly #session: string = newSession()
  readonly #opener: Opener
  readonly #socket: MasterSocket
  /** By the session of the worker. */
  readonly #sealers = new Map<string, Sealer>()
  readonly #listeners = new Set<LinkListener>()
  readonly #noted = new Set<string>()
  /** Last probe of a worker, by its session; its answer, when there was one. Older words may have lain in a network that was cut. */
  readonly #probes = new Map<string, { readonly probe: number; readonly sentUs: number; answered: boolean }>()
  #probed = 0
  #cluster: ClusterData | null = null
  #heardUs: number
  #tickedUs: number

  constructor(parts: MasterLinkParts) {
    this.#parts = parts
    this.#opener = new Opener(parts.keys.report, this.#session, parts.wallMs)
    this.#heardUs = this.#tickedUs = parts.nowUs()
    this.#socket = parts.open(parts.nodeId, {
      connected: () => this.control({ do: 'join' }),
      disconnected: () => undefined,
      received: (bytes) => this.#receive(bytes),
    })
  }

  /** Whether our locustfile answers. */
  get isThere(): boolean {
    return this.#cluster !== null && this.#parts.nowUs() - this.#heardUs < SILENT_AFTER_US
  }

  /** Workers that can take a load now. */
  get workers(): readonly ReadyWorker[] {
    if (!this.isThere) return []
    return this.#cluster!.workers.flatMap(({ id, state, hello }) =>
      hello === null || state === 'missing' || !this.#speaksWith(hello) ? [] : { id, hello },
    )
  }

  /** Those of them that have just answered. */
  get present(): readonly ReadyWorker[] {
    return this.workers.filter(({ hello }) => this.#isPresent(hello, PRESENT_US))
  }

  /** Asks workers that have not just answered whether they are there. */
  probe(): void {
    for (const worker of this.workers) {
      if (this.#isPresent(worker.hello, PRESENT_US / 2)) continue
      const probe = ++this.#probed
      this.#probes.set(worker.hello.session, { probe, sentUs: this.#parts.nowUs(), answered: false })
      this.tell(worker, { kind: 'probe', probe })
    }
  }

  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  control(data: ControlData): void {
    this.#send(MESSAGE.control, data)
  }

  tell({ id, hello }: ReadyWorker, message: PoolMessage): void {
    let sealer = this.#sealers.get(hello.session)
    if (sealer === undefined) {
      const { keys, wallMs } = this.#parts
      sealer = new Sealer(keys.command, { from: this.#session, to: hello.session }, wallMs)
      this.#sealers.set(hello.session, sealer)
    }
    const command: CommandData = { to: id, sealed: sealer.seal(this.#parts.codec.pack(message)) }
    this.#send(MESSAGE.command, command)
  }

  tick(): void {
    const nowUs = this.#parts.nowUs()
    // What came while this process stood still has not been read yet.
    if (nowUs - this.#tickedUs > PAUSED_AFTER_US) this.#heardUs = nowUs
    this.#tickedUs = nowUs
    this.control({ do: 'join' })
    const silentUs = nowUs - this.#heardUs
    if (silentUs < SILENT_AFTER_US) return
    this.#listeners.forEach((listener) => listener.silent(`was silent for ${(silentUs / 1e6).toFixed(1)} s`))
  }

  async close(): Promise<void> {
    this.control({ do: 'leave' })
    await this.#socket.close()
  }

  #send(type: string, data: unknown): void {
    const { codec, nodeId } = this.#parts
    this.#socket.send(codec.encode({ type, data, nodeId }))
  }

  #receive(bytes: Uint8Array): void {
    const message = this.#parts.codec.decode(bytes)
    if (message === null) return
    switch (message.type) {
      case MESSAGE.cluster:
        return this.#changed(message.data as ClusterData)
      case MESSAGE.report:
        return this.#report(message.data as Pick<ReportData, 'sealed'> & { readonly from: string })
      case MESSAGE.refused: {
        const { from, reason } = message.data as Pick<RefusedData, 'reason'> & { readonly from: string }
        return this.#noteOnce(`worker ${from} refused a message: ${reason}`)
      }
    }
  }

  #changed(cluster: ClusterData): void {
    this.#heardUs = this.#parts.nowUs()
    if (cluster.protocol !== CLUSTER_PROTOCOL)
      return this.#noteOnce(
        `the locustfile of the master is of another version of vitest-perf (protocol ${cluster.protocol}, this is ${CLUSTER_PROTOCOL}): no load can run there`,
      )
    this.#cluster = cluster
    this.#listeners.forEach((listener) => listener.changed())
  }

  #report({ from, sealed }: { readonly from: string; readonly sealed: Uint8Array }): void {
    const opened = this.#opener.open(sealed)
    if ('refused' in opened) return this.#noteOnce(`a message of worker ${from} was refused: ${opened.refused}`)
    const message = this.#parts.codec.unpack(opened.body) as WorkerMessage
    if (message.kind === 'ping') return this.#pong(opened.from, message.ping)
    if (message.kind === 'present') {
      const asked = this.#probes.get(opened.from)
      if (asked?.probe === message.probe) asked.answered = true
      return
    }
    this.#listeners.forEach((listener) => listener.message(opened.from, message))
  }

  #pong(session: string, ping: number): void {
    const atUs = this.#parts.nowUs()
    const worker = this.#cluster?.workers.find(({ hello }) => hello?.session === session)
    if (worker?.hello != null) this.tell({ id: worker.id, hello: worker.hello }, { kind: 'pong', ping, atUs })
  }

  #isPresent({ session }: HelloData, withinUs: number): boolean {
    const asked = this.#probes.get(session)
    return asked?.answered === true && this.#parts.nowUs() - asked.sentUs < withinUs
  }

  #speaksWith({ protocol, version, host }: HelloData): boolean {
    if (protocol === CLUSTER_PROTOCOL && version === this.#parts.version) return true
    this.#noteOnce(
      `the worker on ${host} has vitest-perf ${version}, this is ${this.#parts.version}: it takes no load until both are the same`,
    )
    return false
  }

  #noteOnce(message: string): void {
    if (this.#noted.has(message)) return
    this.#noted.add(message)
    this.#parts.note(message)
  }
}
