import * as z from 'zod'
import { LoadError } from '../../domain/load-error.ts'
import type { BaseUrl } from '../../domain/scenario.ts'
import { absoluteUrl } from '../address.ts'

/** A request that must be answered well before a load starts. */
export type Flush =
  | string
  | {
      /** Absolute, or a path with `baseUrl`. */
      readonly url: string
      readonly baseUrl?: BaseUrl
      /** @default 'POST' */
      readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
      readonly headers?: Readonly<Record<string, string>>
    }

const FORM = "takes a URL, or { url, baseUrl, method, headers }, e.g. 'http://127.0.0.1:8000/reset_prefix_cache'"
const LONGEST_WAIT_MS = 30_000

/** Schema of the option `flush`. */
export const flushField: z.ZodType = z.union(
  [
    z.string().min(1),
    z.strictObject({
      url: z.string().min(1),
      baseUrl: z.unknown().optional(),
      method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
  ],
  FORM,
)

/**
 * Sends the request.
 * @throws LoadError `invalid-option` unless its status is 2xx: a cache that was not emptied would make the load look fast
 */
export async function flushed(where: string, flush: Flush): Promise<void> {
  const { url, baseUrl, method = 'POST', headers = {} } = typeof flush === 'string' ? { url: flush } : flush
  const to = absoluteUrl(where, url, baseUrl)
  const refused = (why: string, cause?: unknown): LoadError =>
    new LoadError('invalid-option', `${where}: option flush: ${method} ${to}: ${why}`, { cause })
  const response = await fetch(to, { method, headers, signal: AbortSignal.timeout(LONGEST_WAIT_MS) }).catch(
    (cause: unknown) => {
      throw refused(String((cause as Error).cause ?? cause), cause)
    },
  )
  const text = await response.text()
  if (!response.ok) throw refused(`status ${response.status}: ${text.slice(0, 200)}`)
}
