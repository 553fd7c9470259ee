import { createSocket, type Socket } from 'node:dgram'
import { textOf } from './proc-file.ts'
import { type StatsdReading, StatsdTable, type StatsdTally } from './statsd-table.ts'
import { udpDrops } from './udp-drops.ts'

/** As much as is asked for; kernels give what they allow (`net.core.rmem_max`). */
const RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024

/** Where a sink listens and what it keeps. */
export interface SinkOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Series that are kept. */
  readonly series: number
}

/** What a sink has seen since the load began. */
export interface SinkReading {
  readonly series: readonly StatsdReading[]
  readonly tally: StatsdTally
  /** Packets that its kernel dropped; `null` where it does not tell. */
  readonly dropped: number | null
}

/** Receives what clients of StatsD send over UDP. What did not reach it is known by the kernel's count of drops. */
export class StatsdSink {
  readonly #socket: Socket
  readonly #table: StatsdTable
  readonly #options: SinkOptions
  readonly #proc: string
  #droppedBefore: number | null = null

  /** @param proc where the kernel tells its drops @default '/proc' */
  constructor(options: SinkOptions, proc = '/proc') {
    this.#options = options
    this.#proc = proc
    this.#table = new StatsdTable(options.series)
    this.#socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
    this.#socket.on('message', (packet) => this.#table.add(packet.toString('utf8')))
  }

  /** @returns the port that it listens on @throws the system's error, such as EADDRINUSE */
  async open(): Promise<number> {
    const { host: address, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind({ address, port, exclusive: true }, () => resolve())
    })
    this.#socket.removeAllListeners('error').on('error', () => undefined)
    this.#grow(RECEIVE_BUFFER_BYTES)
    this.begin()
    return this.#socket.address().port
  }

  /** Everything counts from here. */
  begin(): void {
    this.#table.begin()
    this.#droppedBefore = this.#drops()
  }

  read(): SinkReading {
    const now = this.#drops()
    const dropped = now === null || this.#droppedBefore === null ? null : now - this.#droppedBefore
    return { series: this.#table.read(), tally: { ...this.#table.tally }, dropped }
  }

  close(): void {
    this.#socket.close()
  }

  /** Some systems refuse more than they allow instead of giving less. */
  #grow(bytes: number): void {
    try {
      this.#socket.setRecvBufferSize(bytes)
    } catch {
      if (bytes > 65_536) this.#grow(bytes / 2)
    }
  }

  #drops(): number | null {
    const table = this.#options.host.includes(':') ? 'udp6' : 'udp'
    return udpDrops(textOf(`${this.#proc}/net/${table}`) ?? '', this.#socket.address().port)
  }
}
