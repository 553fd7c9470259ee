import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { BaseUrl } from '../domain/scenario.ts'
import { redactUrl } from './redact.ts'

const URL_FORM = 'takes an absolute http(s) URL, or a path with the option baseUrl'
/** What a base address may be. */
export const BASE_URL_FORM = "takes a URL such as 'http://127.0.0.1:8000', or an object with a url such as server()"

/**
 * Reads a base address, now. Without its trailing slash.
 * @throws LoadError `invalid-option` when there is none or it is no http(s) address
 */
export function resolveBaseUrl(where: string, baseUrl: BaseUrl | undefined): string {
  const url: unknown = typeof baseUrl === 'object' ? baseUrl.url : baseUrl
  if (typeof url === 'string' && isAddress(url)) return url.replace(/\/+$/, '')
  throw new LoadError(
    'invalid-option',
    `${where}: option baseUrl: got ${describe(typeof url === 'string' ? redactUrl(url) : url)}, ${BASE_URL_FORM}`,
    url === undefined || url === '' ? { hint: 'an environment variable that is not set gives undefined' } : {},
  )
}

/** True for an absolute http(s) URL, templates included. */
export function isAddress(url: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(url) && (url.includes('{{') || URL.canParse(url))
}

/** Where a request goes. */
export interface Target {
  /** `http://host:port` */
  readonly origin: string
  /** Path with query. */
  readonly path: string
  /** `authorization` for credentials in the address; `null` when there are none. */
  readonly authorization: string | null
}

/** Splits a rendered URL. @throws LoadError `invalid-option` when it is none */
export function targetOf(where: string, url: string): Target {
  if (!isAddress(url) || !URL.canParse(url)) {
    throw new LoadError(
      'invalid-option',
      `${where}: url: got ${describe(redactUrl(url))}, takes an absolute http(s) URL`,
    )
  }
  const { origin, pathname, search, username, password } = new URL(url)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    origin,
    path: pathname + search,
    authorization: username === '' && password === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

/** Path of a URL without origin, query and fragment, for names. */
export function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path === '' ? '/' : path
}

/**
 * A path whose changing parts (numbers, long hexadecimal ids) are replaced by `*`, so that requests for different items
 * are counted under one name.
 */
export function routeOf(url: string): string {
  return pathOf(url).replace(/\/(?:\d+|(?=[^/]*\d)[0-9a-f-]{8,})(?=\/|$)/gi, '/*')
}

/**
 * The address that a user wrote, with its base where it is a path; templates included.
 * @throws LoadError `invalid-option`
 */
export function absoluteUrl(where: string, url: string, base: BaseUrl | undefined): string {
  if (isAddress(url)) return url
  if (base !== undefined) return `${resolveBaseUrl(where, base)}/${url.replace(/^\//, '')}`
  throw new LoadError('invalid-option', `${where}: url: got ${describe(url)}, ${URL_FORM}`, {
    hint: 'an environment variable that is not set gives undefined, also inside a text or as baseUrl',
  })
}

/** @throws LoadError `invalid-option` for anything but a text */
export function requireUrl(where: string, url: unknown): asserts url is string {
  if (typeof url === 'string' && url !== '') return
  throw new LoadError('invalid-option', `${where}: url: got ${describe(url)}, ${URL_FORM}`)
}
