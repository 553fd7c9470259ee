import type { ConnectStages } from './client/connection.ts'

/**
 * The stages of a request that opened a connection: the server's, and `dns`, `connect` and `tls`. Requests on a kept
 * connection have none of these three.
 */
export function withConnectStages(
  stages: ReadonlyMap<string, number> | null,
  opened: ConnectStages | null,
): ReadonlyMap<string, number> | null {
  if (opened === null) return stages
  const all = new Map(stages ?? [])
  for (const [name, us] of Object.entries(opened) as [string, number | null][]) if (us !== null) all.set(name, us)
  return all
}
