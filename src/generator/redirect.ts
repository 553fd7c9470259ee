import type { PreparedRequest } from '../scenarios/exchange.ts'

const BODY_HEADERS = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
])
/** Never sent to another origin. */
const OWN_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'host'])

/**
 * The request that a redirect asks for, by the rules of fetch: 303, and a POST answered with 301 or 302, become a GET
 * without a body; another origin gets no credentials. `null` when the location is no http(s) URL.
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
export function redirected(request: PreparedRequest, status: number, location: string): PreparedRequest | null {
  const base = request.origin + request.path
  if (!URL.canParse(location, base)) return null
  const url = new URL(location, base)
  if (!/^https?:$/.test(url.protocol)) return null
  const toGet =
    (status === 303 && request.method !== 'GET' && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST')
  const headers: string[] = []
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!.toLowerCase()
    if (toGet && BODY_HEADERS.has(name)) continue
    if (url.origin !== request.origin && OWN_HEADERS.has(name)) continue
    headers.push(request.headers[i]!, request.headers[i + 1]!)
  }
  return {
    ...request,
    method: toGet ? 'GET' : request.method,
    body: toGet ? null : request.body,
    origin: url.origin,
    path: url.pathname + url.search,
    headers,
  }
}
