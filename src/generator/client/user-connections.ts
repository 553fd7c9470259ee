import { isDeepStrictEqual } from 'node:util'
import type { TransportPlan } from '../../domain/scenario.ts'
import type { Connection } from './connection.ts'
import { UndiciConnection } from './undici-connection.ts'

/**
 * The connections of one user, kept between its requests. One request at a time goes over each; a second one at the same
 * time (redirects, scenario modules) takes or opens another.
 */
export class UserConnections {
  readonly #now: () => number
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()

  /** @param now microseconds since the run's start */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A free connection to an origin; give it back or end it. */
  take(origin: string, transport: TransportPlan): Connection {
    // The one used last comes first: it is the least likely to have been closed.
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const idle = this.#idle[i]!
      if (idle.origin !== origin || !isSame(idle.transport, transport)) continue
      if (i === this.#idle.length - 1) this.#idle.pop()
      else this.#idle.splice(i, 1)
      return idle
    }
    const connection = new UndiciConnection(origin, transport, this.#now)
    this.#all.add(connection)
    return connection
  }

  /** Its request has ended well. */
  giveBack(connection: Connection): void {
    if (this.#all.has(connection)) this.#idle.push(connection)
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
  }
}

/** Requests of one scenario share their plan's object; those of a scenario module are planned one by one. */
function isSame(a: TransportPlan, b: TransportPlan): boolean {
  return a === b || isDeepStrictEqual(a, b)
}
