import { LoadError } from '../domain/load-error.ts'
import type { UploadPlan } from '../domain/scenario.ts'
import type { Client, TransportPlan } from '../domain/transport-plan.ts'

/** What decides which client can send a request. */
interface ClientNeeds {
  readonly url: string
  readonly upload: UploadPlan | null
  readonly transport: TransportPlan
}

/**
 * Who sends a request: the wire client wherever it can serve, unless undici is asked for.
 * @throws LoadError `invalid-option` when the wire client is asked for where it cannot
 */
export function chosenClient(where: string, needs: ClientNeeds, asked: Client | 'auto' = 'auto'): Client {
  const obstacle = obstacleToWire(needs)
  if (asked === 'wire' && obstacle !== null) {
    throw new LoadError(
      'invalid-option',
      `${where}: option client: got 'wire' with ${obstacle}, takes 'auto' or 'undici' there: the wire client is for plain HTTP/1.1 over TCP`,
    )
  }
  return asked === 'auto' ? (obstacle === null ? 'wire' : 'undici') : asked
}

function obstacleToWire({ url, upload, transport }: ClientNeeds): string | null {
  if (/^https:/i.test(url)) return 'an https URL'
  if (transport.proxy !== null) return 'a proxy'
  if (transport.socketPath !== null) return 'a socketPath'
  if (transport.http2) return 'http2'
  if (!transport.keepAlive) return 'keepAlive: false'
  return upload === null ? null : 'an upload'
}
