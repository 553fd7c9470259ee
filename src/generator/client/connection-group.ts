import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { PreparedRequest } from '../../scenarios/exchange.ts'
import type { Connection, ExchangeListener } from './connection.ts'
import { Http2Session } from './http2-session.ts'
import { openConnection } from './open-connection.ts'

/** A connection of a group: how many requests it carries, and may carry. */
interface Member {
  readonly running: number
  readonly capacity: number
  readonly dead: boolean
  send(request: PreparedRequest, listener: ExchangeListener): () => void
  destroy(): void
}

interface Waiting {
  readonly request: PreparedRequest
  readonly listener: ExchangeListener
  cancel: (() => void) | null
  over: boolean
}

/**
 * A limited number of connections to one origin, shared by all requests that go there. A request takes a connection
 * that is free, else opens one, else shares one that has room for more streams (HTTP/2), else waits its turn.
 */
export class ConnectionGroup {
  readonly origin: string
  readonly transport: TransportPlan
  readonly #limit: number
  readonly #now: () => number
  #serving = false
  #members: Member[] = []
  #waiting: Waiting[] = []

  constructor(origin: string, transport: TransportPlan, limit: number, now: () => number) {
    this.origin = origin
    this.transport = transport
    this.#limit = limit
    this.#now = now
  }

  /** @returns gives the request up */
  send(request: PreparedRequest, listener: ExchangeListener): () => void {
    const waiting: Waiting = { request, listener, cancel: null, over: false }
    this.#waiting.push(waiting)
    this.#serve()
    if (waiting.cancel === null && !waiting.over) listener.waits(true)
    return () => {
      if (waiting.cancel !== null) return waiting.cancel()
      waiting.over = true
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
    }
  }

  destroy(): void {
    this.#waiting = []
    for (const member of this.#members.splice(0)) member.destroy()
  }

  #serve(): void {
    // A request that fails at once makes room again: the loop below sees it.
    if (this.#serving) return
    this.#serving = true
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const member = this.#free()
      if (member === null) break
      this.#waiting.shift()
      next.listener.waits(false)
      next.cancel = member.send(next.request, next.listener)
    }
    this.#serving = false
  }

  #free(): Member | null {
    this.#members = this.#members.filter(({ dead }) => !dead)
    const idle = this.#members.findLast(({ running }) => running === 0)
    if (idle !== undefined) return idle
    if (this.#members.length < this.#limit) {
      const opened = this.#open()
      this.#members.push(opened)
      return opened
    }
    const roomy = this.#members.filter(({ running, capacity }) => running < capacity)
    return roomy.toSorted((a, b) => a.running - b.running)[0] ?? null
  }

  #open(): Member {
    const { origin, transport } = this
    const onRoom = (): void => this.#serve()
    return transport.http2
      ? new Http2Session(origin, transport, this.#now, onRoom)
      : new SingleMember(openConnection(origin, transport, this.#now), onRoom)
  }
}

/** A connection that carries one request at a time. */
class SingleMember implements Member {
  readonly capacity = 1
  running = 0
  dead = false
  readonly #connection: Connection
  readonly #onRoom: () => void

  constructor(connection: Connection, onRoom: () => void) {
    this.#connection = connection
    this.#onRoom = onRoom
  }

  send(request: PreparedRequest, listener: ExchangeListener): () => void {
    this.running = 1
    let over = false
    const end = (tell: () => void): void => {
      over = true
      this.running = 0
      tell()
      this.#onRoom()
    }
    this.#connection.send(request, {
      waits: (waits) => listener.waits(waits),
      opened: (stages) => listener.opened(stages),
      sent: (atUs) => listener.sent(atUs),
      head: (status, headers, atUs) => listener.head(status, headers, atUs),
      body: (chunk, atUs) => listener.body(chunk, atUs),
      complete: (trailers, atUs) => end(() => listener.complete(trailers, atUs)),
      broken: (error) => {
        this.destroy()
        end(() => listener.broken(error))
      },
    })
    return () => {
      if (!over) end(() => this.destroy())
    }
  }

  destroy(): void {
    this.dead = true
    this.#connection.destroy()
  }
}

/** One request's place in a group, as the connection that it takes. */
export class GroupPlace implements Connection {
  readonly origin: string
  readonly transport: TransportPlan
  readonly #group: ConnectionGroup
  readonly #alone: boolean
  #cancel: (() => void) | null = null

  /** @param alone the group is this request's own and ends with it */
  constructor(group: ConnectionGroup, alone = false) {
    this.origin = group.origin
    this.transport = group.transport
    this.#group = group
    this.#alone = alone
  }

  send(request: PreparedRequest, listener: ExchangeListener): void {
    this.#cancel = this.#group.send(request, listener)
  }

  destroy(): void {
    this.#cancel?.()
    this.#cancel = null
    if (this.#alone) this.#group.destroy()
  }
}
