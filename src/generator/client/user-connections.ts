import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { Connection } from './connection.ts'
import { ConnectionGroup, GroupPlace } from './connection-group.ts'
import { openConnection } from './open-connection.ts'
import { isSameTransport, SharedConnections } from './shared-connections.ts'

/**
 * The connections of one user, kept between its requests. One request at a time goes over each; a second one at the same
 * time (redirects, scenario modules) takes or opens another. With HTTP/2 the user's requests to an origin share one
 * connection; under `maxConnections` all users of the generator share a few.
 */
export class UserConnections {
  readonly #now: () => number
  readonly #shared: SharedConnections
  readonly #http2: SharedConnections
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()

  /**
   * @param now microseconds since the run's start
   * @param shared connections under a limit, where users share them
   */
  constructor(now: () => number, shared: SharedConnections = ofOneGenerator(now)) {
    this.#now = now
    this.#shared = shared
    this.#http2 = new SharedConnections(now, () => 1)
  }

  /** A free connection to an origin, or a place in the queue for one; give it back or end it. */
  take(origin: string, transport: TransportPlan): Connection {
    // The one used last comes first: it is the least likely to have been closed.
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const idle = this.#idle[i]!
      if (idle.origin !== origin || !isSameTransport(idle.transport, transport)) continue
      if (i === this.#idle.length - 1) this.#idle.pop()
      else this.#idle.splice(i, 1)
      return idle
    }
    const connection = this.#open(origin, transport)
    this.#all.add(connection)
    return connection
  }

  /** Its request has ended well. */
  giveBack(connection: Connection): void {
    if (!this.#all.has(connection)) return
    if (connection.transport.keepAlive && !(connection instanceof GroupPlace)) this.#idle.push(connection)
    else this.end(connection)
  }

  /** Its request has failed; the next one to its origin opens a new connection. */
  end(connection: Connection): void {
    this.#all.delete(connection)
    connection.destroy()
  }

  /** Ends all of them. */
  close(): void {
    for (const connection of this.#all) connection.destroy()
    this.#all.clear()
    this.#idle.length = 0
    this.#http2.close()
  }

  #open(origin: string, transport: TransportPlan): Connection {
    if (transport.maxConnections !== null) return new GroupPlace(this.#shared.group(origin, transport))
    if (!transport.http2) return openConnection(origin, transport, this.#now)
    if (transport.keepAlive) return new GroupPlace(this.#http2.group(origin, transport))
    return new GroupPlace(new ConnectionGroup(origin, transport, 1, this.#now), true)
  }
}

/** The limits of a load with one generator. */
function ofOneGenerator(now: () => number): SharedConnections {
  return new SharedConnections(now, ({ maxConnections }) => maxConnections ?? Infinity)
}
