import * as z from 'zod'
import { DURATION_FORM, durationUs, type Duration } from '../domain/quantity.ts'
import { optionsError } from '../domain/options-error.ts'
import type { BaseUrl, CheckPlan, DataOrder, TimeoutOptions, TimeoutPlan } from '../domain/scenario.ts'
import type { Client } from '../domain/transport-plan.ts'
import { BASE_URL_FORM } from './address.ts'
import { type Data, dataField, dataOrderField } from './data.ts'
import { jsonValue } from './json-value.ts'
import { type NumberOptions, numberFields } from './number-options.ts'
import { REDACTED, redactHeaders } from './redact.ts'
import { transportFields, type TransportOptions } from './transport-options.ts'

/** What a good answer must look like; every given part must hold. Code belongs into a scenario module. */
export interface CheckOptions {
  readonly bodyIncludes?: string
  readonly bodyMatches?: RegExp | string
  /** Dotted path into the JSON answer -> the value that must be there: `{ 'items.0.id': 7 }`. */
  readonly json?: Readonly<Record<string, unknown>>
  readonly minBytes?: number
  /** An answer that is complete sooner than this after the request was sent fails: a fallback or a stub, not the service. */
  readonly minTime?: Duration
}

/** Options that every request takes. */
export interface RequestOptions extends TransportOptions, NumberOptions {
  /** Name under which the request is counted. */
  readonly name?: string
  /** Values may hold `{{templates}}`. Names are sent in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Rows for `{{templates}}`. `\{{` stands for two literal braces. */
  readonly data?: Data
  /**
   * Which row a request takes: `'sequential'` in turn, `'shuffled'` every row once in a drawn order before any comes
   * again, `'random'` drawn for each request, `'unique'` one row for each user, of which there must not be more than
   * rows. Draws follow from the load's seed: any number of generators gives the same rows. @default 'sequential'
   */
  readonly dataOrder?: DataOrder
  /**
   * Splits results by a class of the request, `'{{class}}'` for a column of the data or a fixed text: for
   * `run.promptClass('short')`. At most 50 different ones. @default for models with data: its column `class`, if it has one
   */
  readonly promptClass?: string
  /**
   * One duration limits the whole request. By parts: `connect` 10 s, `headers` (from sent to the response head) 60 s,
   * `chunk` (longest silence in the body) 60 s, `total` 10 m. A `total` over 60 s raises `headers` and `chunk` to it
   * unless they are given.
   */
  readonly timeout?: Duration | TimeoutOptions
  /** `true` follows up to 10 redirects. @default false: a redirect is a failure */
  readonly followRedirects?: boolean | number
  /** Statuses that count as good. @default 200..299 */
  readonly expectStatus?: number | readonly number[]
  readonly check?: CheckOptions
  /**
   * `wire` is this package's own client for plain HTTP/1.1 over TCP, token streams included, cheaper for each request:
   * `npm run bench:throughput` tells by how much. `undici` can do everything. `auto` takes the first wherever it can serve.
   * @default 'auto'
   */
  readonly client?: Client | 'auto'
}

/** What a header's value may be. */
export const HEADER_VALUE_FORM = 'takes a text of one line without control characters'
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/
// The client writes these itself; a wrong one would desynchronise the connection.
const OWN_HEADERS = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
])

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const duration = z.custom<Duration>((input) => (durationUs(input) ?? 0) > 0, `takes ${DURATION_FORM}, over 0`)
const status = z
  .int('takes a status from 100 to 599')
  .min(100, 'takes a status from 100 to 599')
  .max(599, 'takes a status from 100 to 599')
const CODE_HINT = 'a check is data here; code belongs into a scenario module: scenario(new URL(..., import.meta.url))'

const regExp = z.custom<RegExp | string>(
  (input) => input instanceof RegExp || (typeof input === 'string' && compiles(input)),
  'takes a regular expression or its source',
)

/** Fields of {@link CheckOptions} for a schema. */
export const checkFields: Readonly<Record<keyof CheckOptions, z.ZodType>> = {
  bodyIncludes: text.optional(),
  bodyMatches: regExp.optional(),
  json: z
    .record(z.string(), jsonValue, "takes an object of paths and values, e.g. { 'choices.0.index': 0 }")
    .optional(),
  minBytes: z.int('takes a whole number from 0').min(0, 'takes a whole number from 0').optional(),
  minTime: duration.optional(),
}

/** Schema of a check with further parts than those that every answer has. */
export function checkField(further: Readonly<Record<string, z.ZodType>>): z.ZodType {
  const fields = { ...checkFields, ...further }
  const form = `takes { ${Object.keys(fields).join(', ')} }`
  return z
    .custom<unknown>((input) => typeof input !== 'function', `${form}; ${CODE_HINT}`)
    .pipe(z.strictObject(fields, form))
}

const headers = z
  .record(z.string(), z.string('takes a text'), 'takes an object of names and values')
  .superRefine((value, context) => {
    for (const [name, content] of Object.entries(value)) {
      if (!HEADER_NAME.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'takes a header name of letters, digits and hyphens',
        })
      else if (OWN_HEADERS.has(name.toLowerCase()))
        context.addIssue({ code: 'custom', path: [name], message: 'takes no headers that the client sets itself' })
      else if (!isHeaderValue(content)) context.addIssue({ code: 'custom', path: [name], message: HEADER_VALUE_FORM })
    }
  })

/** Fields that every request's schema holds. */
export const requestFields: Readonly<Record<keyof RequestOptions, z.ZodType>> = {
  name: text.max(200, 'takes a text of at most 200 characters').optional(),
  headers: headers.optional(),
  data: dataField.optional(),
  dataOrder: dataOrderField.optional(),
  promptClass: text.max(200, 'takes a text of at most 200 characters').optional(),
  timeout: z
    .union(
      [
        duration,
        z.strictObject({
          connect: duration.optional(),
          headers: duration.optional(),
          chunk: duration.optional(),
          total: duration.optional(),
        }),
      ],
      `takes ${DURATION_FORM}, over 0, or { connect, headers, chunk, total }`,
    )
    .optional(),
  followRedirects: z
    .custom<boolean | number>(
      (input) =>
        typeof input === 'boolean' || (Number.isInteger(input) && (input as number) >= 0 && (input as number) <= 50),
      'takes true, false or a number of redirects from 0 to 50',
    )
    .optional(),
  expectStatus: z
    .union(
      [status, z.array(status).min(1, 'takes at least one status')],
      'takes a status or a list of statuses from 100 to 599',
    )
    .optional(),
  check: checkField({}).optional(),
  client: z.enum(['auto', 'undici', 'wire'], "takes 'auto', 'undici' or 'wire'").optional(),
  ...numberFields,
  ...transportFields,
}

/** A base address as given: only looked at, never read, because `server()` knows its URL only once it runs. */
export const baseUrl: z.ZodType<BaseUrl | undefined> = z
  .custom<BaseUrl | undefined>(
    (input) =>
      input === undefined ||
      typeof input === 'string' ||
      (typeof input === 'object' && input !== null && 'url' in input),
    BASE_URL_FORM,
  )
  .optional()

/**
 * Checks options against their schema.
 * @returns what the schema stands for
 * @throws LoadError `invalid-option`
 */
export function parseOptions(where: string, schema: z.ZodObject, options: unknown): unknown {
  const result = schema.safeParse(options)
  if (!result.success)
    throw optionsError(where, result.error.issues, withoutSecrets(options), Object.keys(schema.shape))
  return result.data
}

/** The options as error messages may show them. */
function withoutSecrets(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options
  const { headers, apiKey, tls, proxy } = options as Readonly<Record<string, unknown>>
  return {
    ...options,
    ...(typeof headers === 'object' && headers !== null
      ? { headers: redactHeaders(headers as Record<string, string>) }
      : {}),
    ...(typeof apiKey === 'string' ? { apiKey: REDACTED } : {}),
    ...(typeof tls === 'object' && tls !== null ? { tls: shownTls(tls) } : {}),
    ...(typeof proxy === 'string' ? { proxy: proxy.replace(/^([a-z0-9+.-]+:\/\/)?.*@/i, `$1${REDACTED}@`) } : {}),
  }
}

/** Without the passphrase and whatever is written out instead of being a path. */
function shownTls(tls: object): unknown {
  return Object.fromEntries(
    Object.entries(tls).map(([name, value]: [string, unknown]) => [
      name,
      name === 'passphrase' || (typeof value === 'string' && value.includes('-----')) ? REDACTED : value,
    ]),
  )
}

/** True for a value that may stand in a header line. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

const SECOND_US = 1e6

/** Resolves timeouts with their defaults. */
export function timeoutPlan(timeout: Duration | TimeoutOptions | undefined): TimeoutPlan {
  const parts: TimeoutOptions = timeout === undefined ? {} : typeof timeout === 'object' ? timeout : { total: timeout }
  const us = (part: Duration | undefined): number | undefined => (part === undefined ? undefined : durationUs(part)!)
  const totalUs = us(parts.total)
  // Who allows two minutes for an answer does not want it cut after one.
  const silenceUs = Math.max(60 * SECOND_US, totalUs ?? 0)
  return {
    connectUs: us(parts.connect) ?? 10 * SECOND_US,
    headersUs: us(parts.headers) ?? silenceUs,
    chunkUs: us(parts.chunk) ?? silenceUs,
    totalUs: totalUs ?? 600 * SECOND_US,
  }
}

/** Largest number of redirects to follow. */
export function maxRedirects(followRedirects: boolean | number | undefined): number {
  return typeof followRedirects === 'number' ? followRedirects : followRedirects === true ? 10 : 0
}

/** A check as data; flags that make a regular expression remember its last match are dropped. */
export function checkPlan(check: CheckOptions | undefined): CheckPlan | null {
  if (check === undefined) return null
  const pattern = check.bodyMatches === undefined ? null : new RegExp(check.bodyMatches)
  return {
    bodyIncludes: check.bodyIncludes ?? null,
    bodyMatches: pattern === null ? null : { source: pattern.source, flags: pattern.flags.replace(/[gy]/g, '') },
    json: check.json ?? null,
    minBytes: check.minBytes ?? null,
    ...(check.minTime === undefined ? {} : { minTimeUs: durationUs(check.minTime)! }),
  }
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp
  } catch {
    return false
  }
}
