import * as z from 'zod'
import { TIME_UNITS_US, type TimeUnit } from '../domain/quantity.ts'
import type { BaseUrl, ModelScenarioPlan, ReadPlan, Scenario } from '../domain/scenario.ts'
import { absoluteUrl, pathOf, requireUrl } from './address.ts'
import { preparation, resolveData } from './data.ts'
import { jsonValue } from './json-value.ts'
import { FIELDS } from './model-options.ts'
import { classTemplate } from './model-request.ts'
import { modelCheck, type ModelCheckOptions, outputPlan } from './output-check.ts'
import { baseUrl, parseOptions, requestFields, type RequestOptions } from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { transportPlan } from './transport-options.ts'

/**
 * Where the answer of a service tells what it tells: dotted paths, list positions as numbers (`choices.0.text`). A path
 * that is given and at which nothing, or the wrong thing, stands is a failure of that request, never a 0.
 */
export interface ReadOptions {
  /** The generated text; in a stream that of one chunk. Without it an answer need not hold any. */
  readonly text?: string
  readonly inputTokens?: string
  /** A count, or a rate and a time whose product it is. @default tokens of the text, counted here and marked `estimated` */
  readonly outputTokens?: string | { readonly perSecond: string; readonly seconds: string }
  readonly finishReason?: string
  /** Must be `true` in a good answer. */
  readonly ok?: string
  /**
   * Says something in a bad answer, or anything but `unless`: `{ path: 'code', unless: 0 }`.
   * @default without `ok` as well: `error`
   */
  readonly error?: string | { readonly path: string; readonly unless: unknown }
  /** Durations by name: `{ queue: { path: 'timings.queue', unit: 'ms' } }`. */
  readonly stages?: Readonly<Record<string, { readonly path: string; readonly unit: TimeUnit }>>
  /** `true` in the last chunk of a stream. @default none: the end of the body ends it, or `[DONE]` */
  readonly done?: string
}

/** Options of `json()`. Checks of text look at the whole body. */
export interface JsonOptions extends RequestOptions {
  /** Absolute, or a path with `baseUrl`. It may hold `{{templates}}`. */
  readonly url: string
  /** Where a `url` that is a path belongs to. An object's `url` is read when the load starts, not before. */
  readonly baseUrl?: BaseUrl | undefined
  /** @default 'POST', 'GET' without a body */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Any JSON; templates are filled inside its texts, and a text that is nothing but `{{column}}` keeps the column's type. */
  readonly body?: unknown
  readonly read?: ReadOptions
  /** How the answer is cut into JSON: server-sent events, or a line each. @default none: it is one JSON text */
  readonly stream?: 'sse' | 'ndjson'
  /** Whether an answer without generated text counts as good, where `read.text` asks for one. @default false */
  readonly allowEmpty?: boolean
  readonly check?: ModelCheckOptions
}

const path = z
  .string("takes a dotted path such as 'data.text'")
  .regex(/^[^.]+(\.[^.]+)*$/, "takes a dotted path such as 'data.text'")
  .optional()
const somewhere = path.unwrap()

const read = z.strictObject(
  {
    text: path,
    inputTokens: path,
    outputTokens: z
      .union(
        [somewhere, z.strictObject({ perSecond: somewhere, seconds: somewhere })],
        'takes a path or { perSecond, seconds }',
      )
      .optional(),
    finishReason: path,
    ok: path,
    error: z
      .union(
        [somewhere, z.strictObject({ path: somewhere, unless: jsonValue })],
        "takes a path or { path, unless }, e.g. { path: 'code', unless: 0 }",
      )
      .optional(),
    stages: z
      .record(
        z.string(),
        z.strictObject(
          { path: somewhere, unit: z.enum(Object.keys(TIME_UNITS_US), "takes 's', 'ms', 'us' or 'ns'") },
          "takes { path, unit }, e.g. { path: 'timings.queue', unit: 'ms' }",
        ),
        'takes an object of names and { path, unit }',
      )
      .optional(),
    done: path,
  },
  "takes an object of paths, e.g. { text: 'data.text' }",
)

const SCHEMA = z.strictObject(
  {
    ...requestFields,
    check: modelCheck,
    url: FIELDS.text,
    baseUrl,
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH'], "takes 'GET', 'POST', 'PUT' or 'PATCH'").optional(),
    body: jsonValue.optional(),
    read: read.optional(),
    stream: z.enum(['sse', 'ndjson'], "takes 'sse' or 'ndjson'").optional(),
    allowEmpty: FIELDS.flag,
  },
  'takes an object of options',
)

const WHERE = 'json(options)'

/**
 * A scenario of a service with a JSON API of its own, described as data:
 * `json({ url: 'http://127.0.0.1:8080/generate', body: { prompt: '{{prompt}}' }, read: { text: 'data.text', ok: 'success' } })`.
 * @throws LoadError `invalid-option` naming the option, what it got and what it takes
 */
export function json(options: JsonOptions): Scenario {
  const parsed = parseOptions(WHERE, SCHEMA, options) as JsonOptions
  requireUrl(WHERE, parsed.url)
  const method = parsed.method ?? (parsed.body === undefined ? 'GET' : 'POST')
  const name = parsed.name ?? `${method} ${pathOf(parsed.url)}`
  return { name, ...preparation(parsed.data), plan: () => jsonPlan(method, name, parsed) }
}

function jsonPlan(method: NonNullable<JsonOptions['method']>, name: string, options: JsonOptions): ModelScenarioPlan {
  const { body, stream } = options
  const plan = readPlan(options)
  const data = resolveData(WHERE, options.data)
  const parts = {
    method,
    name,
    url: absoluteUrl(WHERE, options.url, options.baseUrl),
    headers: {
      accept: stream === undefined ? 'application/json' : ACCEPTS[stream],
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    bodyForm: 'json',
    upload: null,
    transport: transportPlan(WHERE, options),
    templates: true,
    data,
    promptClass: classTemplate(data.rows[0]),
  } as const
  return {
    kind: 'model',
    dialect: 'json',
    stream: stream !== undefined,
    allowEmpty: plan.text === null || (options.allowEmpty ?? false),
    ...outputPlan(options.check),
    read: plan,
    ...requestPlan(WHERE, parts, options),
  }
}

const ACCEPTS = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' } as const

function readPlan({ read: paths = {}, stream }: JsonOptions): ReadPlan {
  const { error, stages = {} } = paths
  return {
    framing: stream ?? null,
    text: paths.text ?? null,
    inputTokens: paths.inputTokens ?? null,
    outputTokens: paths.outputTokens ?? null,
    finishReason: paths.finishReason ?? null,
    done: paths.done ?? null,
    ok: paths.ok ?? null,
    error: typeof error === 'string' ? { path: error } : (error ?? null),
    stages: Object.fromEntries(
      Object.entries(stages).map(([stage, { path: at, unit }]) => [stage, { path: at, unitUs: TIME_UNITS_US[unit] }]),
    ),
  }
}
