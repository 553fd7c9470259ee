import { clusterPackages } from '../../src/cluster/cluster-packages.ts'
import { type ClusterData, type ControlData, MESSAGE, type WorkerMessage } from '../../src/cluster/control-messages.ts'
import { locustCodec } from '../../src/cluster/locust-codec.ts'
import { type MasterSocket, masterSockets } from '../../src/cluster/master-socket.ts'
import { envelopeKeys } from '../../src/cluster/sealed-envelope.ts'
import { nowUs } from '../../src/domain/shared-clock.ts'
import { PoolEnd } from './pool-end.ts'

const PATIENCE_MS = 15_000

/** A pool's node on a real master, as little of it as the workers' side needs. */
export class PoolNode {
  readonly end: PoolEnd
  /** Reasons of messages that workers refused. */
  readonly refusals: string[] = []
  cluster: ClusterData | null = null
  readonly #socket: MasterSocket
  readonly #encode: (type: string, data: unknown) => Buffer
  readonly #joining: NodeJS.Timeout

  private constructor(socket: MasterSocket, end: PoolEnd, encode: (type: string, data: unknown) => Buffer) {
    this.#socket = socket
    this.end = end
    this.#encode = encode
    this.#joining = setInterval(() => this.control({ do: 'join' }), 500)
  }

  static async join(port: number, secret: string, id = `control-${process.pid}-${Date.now()}`): Promise<PoolNode> {
    const packages = await clusterPackages()
    const codec = locustCodec(packages)
    const encode = (type: string, data: unknown): Buffer => codec.encode({ type, data, nodeId: id })
    let connected = (): void => undefined
    const reached = new Promise<void>((resolve) => (connected = resolve))
    let node: PoolNode | null = null
    const socket = masterSockets(packages, `tcp://127.0.0.1:${port}`)(id, {
      connected: () => connected(),
      disconnected: () => undefined,
      received: (bytes) => {
        const message = codec.decode(bytes)
        if (message !== null) node!.#receive(message.type, message.data)
      },
    })
    const end = new PoolEnd(codec, envelopeKeys(secret), { us: nowUs, wallMs: Date.now }, (data) =>
      socket.send(encode(MESSAGE.command, data)),
    )
    node = new PoolNode(socket, end, encode)
    await reached
    node.control({ do: 'join' })
    return node
  }

  control(data: ControlData): void {
    this.#socket.send(this.#encode(MESSAGE.control, data))
  }

  /** Any bytes as a command to a worker. */
  post(to: string, sealed: unknown): void {
    this.#socket.send(this.#encode(MESSAGE.command, { to, sealed }))
  }

  /** Node ids of so many workers that are ready. */
  async workers(count: number): Promise<readonly string[]> {
    const ready = (): string[] =>
      (this.cluster?.workers ?? []).flatMap(({ id, state, hello }) =>
        hello !== null && (state === 'ready' || state === 'running') ? [id] : [],
      )
    await this.until(() => ready().length === count, `${count} workers`)
    return ready()
  }

  /** The first message of a worker that fits, waiting for it. */
  async told<K extends WorkerMessage['kind']>(
    kind: K,
    fits: (message: Extract<WorkerMessage, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<WorkerMessage, { kind: K }>> {
    const find = (): Extract<WorkerMessage, { kind: K }> | undefined =>
      this.end.told
        .map(({ message }) => message)
        .find(
          (message): message is Extract<WorkerMessage, { kind: K }> => message.kind === kind && fits(message as never),
        )
    await this.until(() => find() !== undefined, `a message ${kind}`)
    return find()!
  }

  async until(holds: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#joining)
    this.control({ do: 'leave' })
    await this.#socket.close()
  }

  #receive(type: string, data: unknown): void {
    if (type === MESSAGE.refused) this.refusals.push((data as { reason: string }).reason)
    if (type !== MESSAGE.cluster) return this.end.receive(type, data)
    this.cluster = data as ClusterData
    for (const { id, hello } of this.cluster.workers) if (hello !== null) this.end.hello(id, hello)
  }
}
