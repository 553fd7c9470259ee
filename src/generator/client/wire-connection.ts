import type { Socket } from 'node:net'
import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { PreparedRequest, ResponseHeaders } from '../../scenarios/exchange.ts'
import { requestBytes } from '../../scenarios/request-bytes.ts'
import { BrokenAnswer } from './broken-answer.ts'
import {
  BEFORE_SERVERS_LIMIT_MS,
  type Connection,
  type ConnectStages,
  type ExchangeListener,
  IDLE_MS,
} from './connection.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'
import { SocketOpening } from './socket-opening.ts'
import { turn, type TurnMember } from './turn.ts'

/**
 * Where all sockets are read into: what a read brings is used up before the next one, and a buffer per read or per
 * connection is what makes Node's streams slow.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

const NOTHING = Buffer.alloc(0)
const NO_TRAILERS: ResponseHeaders = {}

/** A connection of our own making for plain HTTP/1.1 over TCP: requests made beforehand, answers read where they land. */
export class WireConnection implements Connection, ResponseSink, TurnMember {
  readonly origin: string
  readonly transport: TransportPlan
  readonly #now: () => number
  readonly #parser: ResponseParser = new ResponseParser(this)
  #opening: SocketOpening | null = null
  #socket: Socket | null = null
  /**
   * Idle, or with a request that waits for its turn to be written, anything from the peer is about the connection;
   * busy, it is about the answer.
   */
  #state: 'closed' | 'opening' | 'idle' | 'busy' = 'closed'
  /** The request that is to be written. */
  #bytes: Buffer = NOTHING
  #listener: ExchangeListener | null = null
  #trailers: ResponseHeaders = NO_TRAILERS
  /** When the bytes that are being parsed were read. */
  #readAt = 0
  /** From then on the server may close the idle connection at any time. */
  #staleAt = Infinity
  /** Why the next request fails: the server sent something that nobody asked for. */
  #spoiled: BrokenAnswer | null = null

  constructor(origin: string, transport: TransportPlan, now: () => number) {
    this.origin = origin
    this.transport = transport
    this.#now = now
  }

  send(request: PreparedRequest, listener: ExchangeListener): void {
    this.#listener = listener
    if (this.#spoiled !== null) return this.#break(this.#spoiled)
    this.#parser.begin(request.method === 'HEAD')
    try {
      this.#bytes = requestBytes(request)
    } catch (error) {
      return this.#break(error)
    }
    if (this.#state === 'idle' && this.#now() >= this.#staleAt) this.#drop()
    if (this.#state === 'closed') this.#connect()
    else turn.ready(this)
  }

  destroy(): void {
    this.#listener = null
    this.#drop()
  }

  onHead({ status, headers }: ResponseHead): void {
    this.#listener?.head(status, headers, this.#readAt)
  }

  onBody(data: Buffer, start: number, end: number): void {
    this.#listener?.body(data.subarray(start, end), this.#readAt)
  }

  #connect(): void {
    const { origin, transport } = this
    this.#state = 'opening'
    this.#opening = new SocketOpening({
      origin,
      transport,
      now: this.#now,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          this.#read(length)
          return true
        },
      },
      opened: ({ socket, stages }) => this.#opened(socket, stages),
      failed: (error) => this.#break(error),
    })
  }

  #opened(socket: Socket, stages: ConnectStages): void {
    this.#opening = null
    this.#socket = socket
    const lost = (error: Error | null): void => {
      if (this.#socket === socket) this.#lost(error)
    }
    socket.on('error', lost)
    socket.on('end', () => lost(null))
    socket.on('close', () => lost(null))
    this.#listener?.opened(stages)
    this.write()
  }

  write(): void {
    if (this.#listener === null) return
    if (this.#spoiled !== null) return this.#break(this.#spoiled)
    // The peer has closed the idle connection since it was asked for.
    if (this.#socket === null) return this.#connect()
    this.#state = 'busy'
    this.#listener.sent(this.#now())
    this.#socket.write(this.#bytes)
  }

  #read(length: number): void {
    if (this.#state !== 'busy') return this.#surplus(0, length)
    this.#readAt = this.#now()
    let used: number
    try {
      used = this.#parser.push(READ_BUFFER, length)
    } catch (error) {
      return this.#break(error)
    }
    if (this.#parser.complete) this.#complete(used, length)
  }

  #complete(used: number, length: number): void {
    const { head, trailers } = this.#parser
    // An answer to a request that is still being written leaves the connection in the middle of it.
    if (!head!.keepAlive || this.#socket!.writableLength > 0) this.#drop()
    else {
      this.#state = 'idle'
      const idleMs = head!.idleSeconds === null ? IDLE_MS : head!.idleSeconds * 1e3 - BEFORE_SERVERS_LIMIT_MS
      this.#staleAt = this.#readAt + Math.min(idleMs, IDLE_MS) * 1e3
      if (used < length) this.#surplus(used, length)
    }
    this.#trailers = trailers
    turn.answered(this)
  }

  handOn(): void {
    const listener = this.#listener
    this.#listener = null
    listener?.complete(this.#trailers, this.#readAt)
  }

  /**
   * Bytes after a complete answer. They can be no answer to the next request, and where that one's begins is unknown:
   * the connection is given up, and the next request fails instead of hiding it. Line ends mean nothing.
   * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.2
   */
  #surplus(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (READ_BUFFER[i] === 13 || READ_BUFFER[i] === 10) continue
      this.#spoiled = new BrokenAnswer('unexpected-answer', 'the server sent bytes that no request asked for')
      return this.#drop()
    }
  }

  /** The connection has failed or, without an error, been ended by the peer. */
  #lost(error: Error | null): void {
    if (this.#state === 'idle') return this.#drop()
    if (error !== null) return this.#break(error)
    this.#readAt = this.#now()
    const broken = this.#parser.finish()
    if (broken === null) this.#complete(0, 0)
    else this.#break(broken)
  }

  #break(error: unknown): void {
    const listener = this.#listener
    this.#listener = null
    this.#spoiled = null
    this.#drop()
    listener?.broken(error)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    this.#state = 'closed'
    socket?.destroy()
    this.#opening?.destroy()
    this.#opening = null
  }
}
