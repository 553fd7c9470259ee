import * as z from 'zod'
import type { RunningServer, ServerOptions } from './server-process.ts'

/** A server of a suite: how to start it, unless it runs already. */
export type ServerDefinition = ServerOptions & {
  /** Address at which it runs already; then nothing is started and its process is not watched. A text that is empty is none. */
  readonly unless?: string
}

/** A server of a suite: started by it, or the address of one that runs. */
export type SuiteServer = RunningServer | string
export type SuiteServers = ReadonlyMap<string, SuiteServer>

/** Schema of the servers of a suite; `server()` checks the rest. */
export const serverDefinitions: z.ZodType<Readonly<Record<string, ServerDefinition>> | undefined> = z
  .record(
    z.string(),
    z.looseObject({ unless: z.string('takes an address').optional() }, 'takes { command, ready, unless }'),
    'takes an object of servers by name',
  )
  .optional() as never

/** Stands for a server that has not started, where options are checked. */
export const UNSTARTED: Pick<RunningServer, 'url' | 'pid' | 'id'> = { url: 'http://127.0.0.1:9', pid: 1, id: 'none' }

/** Starts the servers of a suite before its tests, those apart that run already. */
export function suiteServers(
  definitions: Readonly<Record<string, ServerDefinition>>,
  start: (options: ServerOptions) => RunningServer,
): SuiteServers {
  return new Map(
    Object.entries(definitions).map(([name, { unless = '', ...options }]) => [
      name,
      unless === '' ? start(options) : unless,
    ]),
  )
}

/**
 * The data with `{ server: name }` replaced by that server: as a `baseUrl`, and among the processes that are watched, where
 * one that was not started here is left out.
 */
export function withServers<Data>(data: Data, servers: SuiteServers): Data {
  return servers.size === 0 ? data : (replaced(data, null, servers) as Data)
}

function replaced(value: unknown, key: string | null, servers: SuiteServers): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => replaced(item, key, servers)).filter((item) => item !== undefined)
  }
  if (!isPlain(value)) return value
  const named = typeof value['server'] === 'string' ? servers.get(value['server']) : undefined
  if (named !== undefined && key === 'baseUrl') return named
  if (named !== undefined && key === 'process') {
    return typeof named === 'string' ? undefined : { as: value['server'], ...value, server: named }
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, replaced(item, name, servers)] as const)
      .filter(([, item]) => item !== undefined),
  )
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
