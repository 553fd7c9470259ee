import { isDeepStrictEqual } from 'node:util'
import type { TransportPlan } from '../../domain/transport-plan.ts'
import { ConnectionGroup } from './connection-group.ts'

/** Groups of connections by origin and transport. */
export class SharedConnections {
  readonly #now: () => number
  readonly #limitOf: (transport: TransportPlan) => number
  readonly #groups: ConnectionGroup[] = []

  /**
   * @param now microseconds since the run's start
   * @param limitOf most connections to one origin
   */
  constructor(now: () => number, limitOf: (transport: TransportPlan) => number) {
    this.#now = now
    this.#limitOf = limitOf
  }

  /** The group for an origin. */
  group(origin: string, transport: TransportPlan): ConnectionGroup {
    const known = this.#groups.find((group) => group.origin === origin && isSameTransport(group.transport, transport))
    if (known !== undefined) return known
    const group = new ConnectionGroup(origin, transport, this.#limitOf(transport), this.#now)
    this.#groups.push(group)
    return group
  }

  /** Ends all of them. */
  close(): void {
    for (const group of this.#groups.splice(0)) group.destroy()
  }
}

/** Requests of one scenario share their plan's object; those of a scenario module are planned one by one. */
export function isSameTransport(a: TransportPlan, b: TransportPlan): boolean {
  return a === b || isDeepStrictEqual(a, b)
}
