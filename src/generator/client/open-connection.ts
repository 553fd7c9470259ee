import type { TransportPlan } from '../../domain/transport-plan.ts'
import type { Connection } from './connection.ts'
import { UndiciConnection } from './undici-connection.ts'
import { WireConnection } from './wire-connection.ts'

/** A connection for one request at a time, with the client that the plan names. */
export function openConnection(origin: string, transport: TransportPlan, now: () => number): Connection {
  // A redirect may lead from where the wire client serves to where it cannot.
  return transport.client === 'wire' && origin.startsWith('http:')
    ? new WireConnection(origin, transport, now)
    : new UndiciConnection(origin, transport, now)
}
