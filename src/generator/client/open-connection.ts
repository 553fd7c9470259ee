import type { TransportPlan } from '../../domain/scenario.ts'
import type { Connection } from './connection.ts'
import { UndiciConnection } from './undici-connection.ts'

/** A connection for one request at a time, with the client that fits its transport. */
export function openConnection(origin: string, transport: TransportPlan, now: () => number): Connection {
  return new UndiciConnection(origin, transport, now)
}
