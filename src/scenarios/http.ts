import * as z from 'zod'
import type { BaseUrl, HttpMethod, HttpScenarioPlan, Scenario } from '../domain/scenario.ts'
import { absoluteUrl, pathOf, requireUrl, routeOf } from './address.ts'
import { preparation, resolveData } from './data.ts'
import { jsonValue } from './json-value.ts'
import { baseUrl, parseOptions, requestFields, type RequestOptions } from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { transportPlan, type TransportPlanner } from './transport-options.ts'
import { uploadFields, type UploadOptions, uploadPlan, uploadType } from './upload.ts'

/** Options of `http.get(url, options)` and its siblings. */
export interface HttpOptions extends RequestOptions, UploadOptions {
  /** Where a `url` that is a path belongs to. An object's `url` is read when the load starts, not before. */
  readonly baseUrl?: BaseUrl | undefined
  /**
   * A text is sent as it is, with `{{templates}}` filled in as they are. Any other JSON value is sent as
   * `application/json`: templates are filled inside its texts and the result is always valid JSON; a text that is
   * nothing but `{{column}}` becomes the column's value with its own type. @default none
   */
  readonly body?: unknown
}

const SCHEMA = z.strictObject(
  { ...requestFields, ...uploadFields, baseUrl, body: jsonValue.optional() },
  'takes an object of options',
)
const CALL_SCHEMA = SCHEMA.omit({ data: true, dataOrder: true }).extend({
  allowFailure: z.boolean('takes true or false').optional(),
})

type HttpRequest = (url: string, options?: HttpOptions) => Scenario

/** Plain HTTP requests. The URL is absolute, or a path with `baseUrl`; it may hold `{{templates}}`, whose values are encoded (`{{{x}}}`: as they are). */
export interface Http {
  readonly get: HttpRequest
  readonly post: HttpRequest
  readonly put: HttpRequest
  readonly patch: HttpRequest
  readonly delete: HttpRequest
  readonly head: HttpRequest
  readonly options: HttpRequest
}

/**
 * Scenarios of one plain HTTP request: `http.post('http://127.0.0.1:3000/orders', { body: { id: '{{id}}' }, data: { id: [1, 2] } })`.
 * @throws LoadError `invalid-option` naming the option, what it got and what it takes
 */
export const http: Http = {
  get: request('GET'),
  post: request('POST'),
  put: request('PUT'),
  patch: request('PATCH'),
  delete: request('DELETE'),
  head: request('HEAD'),
  options: request('OPTIONS'),
}

function request(method: HttpMethod): HttpRequest {
  const where = callText(method)
  return (url, options = {}) => {
    requireUrl(where, url)
    const parsed = parseOptions(where, SCHEMA, options) as HttpOptions
    const name = parsed.name ?? `${method} ${pathOf(url)}`
    const plan = (): HttpScenarioPlan => httpPlan(where, method, name, url, parsed, transportPlan, true)
    return { name, ...preparation(parsed.data), plan }
  }
}

/**
 * The plan of one HTTP call inside a scenario module. Nothing in it is a template.
 * @throws LoadError `invalid-option`
 */
export function httpCallPlan(
  method: HttpMethod,
  url: string,
  options: unknown = {},
  transport: TransportPlanner = transportPlan,
): HttpScenarioPlan {
  const where = callText(method)
  requireUrl(where, url)
  const parsed = parseOptions(where, CALL_SCHEMA, options) as HttpOptions
  return httpPlan(where, method, parsed.name ?? `${method} ${routeOf(url)}`, url, parsed, transport, false)
}

function httpPlan(
  where: string,
  method: HttpMethod,
  name: string,
  url: string,
  options: HttpOptions,
  transport: TransportPlanner,
  templates: boolean,
): HttpScenarioPlan {
  const { body } = options
  const upload = uploadPlan(where, options)
  const json = body !== undefined && typeof body !== 'string'
  const parts = {
    method,
    name,
    url: absoluteUrl(where, url, options.baseUrl),
    headers: {
      accept: '*/*',
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...(upload === null ? {} : { 'content-type': uploadType(upload) }),
    },
    body: body === undefined ? null : json ? JSON.stringify(body) : body,
    bodyForm: json ? 'json' : 'text',
    upload,
    transport: transport(where, options),
    templates,
    data: resolveData(where, options.data),
  } as const
  return { kind: 'http', ...requestPlan(where, parts, options) }
}

function callText(method: HttpMethod): string {
  return `http.${method.toLowerCase()}(url, options)`
}
