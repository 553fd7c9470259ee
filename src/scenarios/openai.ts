import { z } from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { BaseUrl, ModelScenarioPlan, Scenario } from '../domain/scenario.ts'
import { resolveBaseUrl } from './address.ts'
import { type DataRow, resolveData } from './data.ts'
import type { Drawn } from './draw.ts'
import { drawnField } from './drawn-field.ts'
import { jsonValue, refineJson } from './json-value.ts'
import {
  baseUrl,
  HEADER_VALUE_FORM,
  isHeaderValue,
  parseOptions,
  requestFields,
  type RequestOptions,
} from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { asNumber } from './template.ts'
import { transportPlan, type TransportPlanner } from './transport-options.ts'

/**
 * Options that chat and completion share. Any text in the request may hold `{{templates}}`. `check` looks at the visible
 * generated text, `check.json` at that text parsed as JSON. Numbers, and anything in `extraBody` and `messages`, may be a
 * `choice` or a `range`: drawn for each request.
 */
export interface ModelOptions extends RequestOptions {
  /** With or without `/v1`. An object's `url` is read when the load starts, not before. */
  readonly baseUrl: BaseUrl | undefined
  readonly model: string
  /** Sent as `max_tokens`; a text such as `'{{maxTokens}}'` takes the row's number, or what its text spells. */
  readonly maxTokens?: Drawn<number> | `{{${string}}}`
  readonly temperature?: Drawn<number>
  readonly topP?: Drawn<number>
  readonly stop?: string | readonly string[]
  readonly seed?: Drawn<number>
  /** Ask for a stream, with `stream_options: { include_usage: true }`. Without it TTFT and TPOT are n/a. @default true */
  readonly stream?: boolean
  /** Sent as `authorization: Bearer`. */
  readonly apiKey?: string | undefined
  /** Further fields of the request body; they overrule ours, `null` included: `{ stream_options: null }`. */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** Whether an answer without any generated text counts as good. @default false */
  readonly allowEmpty?: boolean
}

/** One message of a chat, as the server takes it. */
export interface ChatMessage {
  readonly role: string
  readonly content?: unknown
  readonly [field: string]: unknown
}

/** Options of `openai.chat()`. */
export interface ChatOptions extends ModelOptions {
  /** A list, or `'{{column}}'` whose rows hold lists. @default with data: its column `messages`, else a user message of its column `prompt` */
  readonly messages?: readonly ChatMessage[] | `{{${string}}}`
}

/** Options of `openai.completion()`. */
export interface CompletionOptions extends ModelOptions {
  /** @default with data: its column `prompt` */
  readonly prompt?: string
}

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const message = z
  .looseObject({ role: text }, "takes { role, content }, e.g. { role: 'user', content: 'Hello' }")
  .superRefine(refineJson)
const RESERVED = ['model', 'messages', 'prompt', 'stream']

const FROM_0 = 'takes a number from 0, or a choice or range of such'
const FROM_0_TO_1 = 'takes a number from 0 to 1, or a choice or range of such'

const modelFields = {
  ...requestFields,
  baseUrl,
  model: text,
  maxTokens: drawnField(
    z.custom<number | string>(
      (input) => (Number.isInteger(input) && (input as number) >= 1) || isWholeTemplate(input),
      "takes a whole number from 1, or a template such as '{{maxTokens}}', or a choice or range of such",
    ),
  ).optional(),
  temperature: drawnField(z.number(FROM_0).min(0, FROM_0)).optional(),
  topP: drawnField(z.number(FROM_0_TO_1).min(0, FROM_0_TO_1).max(1, FROM_0_TO_1)).optional(),
  stop: z.union([text, z.array(text)], 'takes a text or a list of texts').optional(),
  seed: drawnField(z.int('takes a whole number')).optional(),
  stream: z.boolean('takes true or false').optional(),
  apiKey: z.string('takes a text').refine(isHeaderValue, HEADER_VALUE_FORM).optional(),
  extraBody: z
    .record(z.string(), jsonValue, 'takes an object of fields')
    .superRefine((fields, context) => {
      for (const key of RESERVED.filter((name) => name in fields)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `takes fields without an option of their own: use ${key}`,
        })
      }
    })
    .optional(),
  allowEmpty: z.boolean('takes true or false').optional(),
}

const MESSAGES_FORM = "takes a list of messages, e.g. [{ role: 'user', content: '{{prompt}}' }], or '{{column}}'"
const messages = z.union(
  [z.array(message).min(1, 'takes at least one message'), z.custom<string>(isWholeTemplate, MESSAGES_FORM)],
  MESSAGES_FORM,
)
const SCHEMAS = {
  chat: z.strictObject({ ...modelFields, messages: messages.optional() }, 'takes an object of options'),
  completion: z.strictObject({ ...modelFields, prompt: text.optional() }, 'takes an object of options'),
}
const allowFailure = z.boolean('takes true or false').optional()
const CALL_SCHEMAS = {
  chat: SCHEMAS.chat.omit({ data: true, dataOrder: true }).extend({ allowFailure }),
  completion: SCHEMAS.completion.omit({ data: true, dataOrder: true }).extend({ allowFailure }),
}

type Api = 'chat' | 'completion'
type AnyOptions = ChatOptions & CompletionOptions

/** Requests to OpenAI-compatible servers. */
export interface OpenAi {
  /** `POST /v1/chat/completions`. @throws LoadError `invalid-option` */
  chat(options: ChatOptions): Scenario
  /** `POST /v1/completions`. @throws LoadError `invalid-option` */
  completion(options: CompletionOptions): Scenario
}

/** Scenarios of one request to an OpenAI-compatible server. */
export const openai: OpenAi = {
  chat: (options) => request('chat', options),
  completion: (options) => request('completion', options),
}

function request(api: Api, options: unknown): Scenario {
  const parsed = parseOptions(callText(api), SCHEMAS[api], options) as AnyOptions
  requirePrompt(api, parsed)
  return { name: nameOf(api, parsed), plan: () => modelPlan(api, parsed, transportPlan, true) }
}

/**
 * The plan of one model call inside a scenario module. Nothing in it is a template.
 * @throws LoadError `invalid-option`
 */
export function openAiCallPlan(
  api: Api,
  options: unknown,
  transport: TransportPlanner = transportPlan,
): ModelScenarioPlan {
  const parsed = parseOptions(callText(api), CALL_SCHEMAS[api], options) as AnyOptions
  requirePrompt(api, parsed)
  return modelPlan(api, parsed, transport, false)
}

function modelPlan(api: Api, options: AnyOptions, transport: TransportPlanner, templates: boolean): ModelScenarioPlan {
  const where = callText(api)
  const stream = options.stream ?? true
  const data = resolveData(where, options.data)
  const parts = {
    method: 'POST',
    name: nameOf(api, options),
    url: endpoint(resolveBaseUrl(where, options.baseUrl), api),
    headers: {
      accept: stream ? 'text/event-stream' : 'application/json',
      'content-type': 'application/json',
      ...(options.apiKey === undefined || options.apiKey === '' ? {} : { authorization: `Bearer ${options.apiKey}` }),
    },
    body: JSON.stringify(requestBody(api, options, stream, data.rows[0])),
    bodyForm: 'json',
    upload: null,
    transport: transport(where, options),
    templates,
    data,
    promptClass: data.rows[0] !== undefined && 'class' in data.rows[0] ? '{{class}}' : undefined,
  } as const
  return {
    kind: 'model',
    dialect: `openai.${api}`,
    stream,
    allowEmpty: options.allowEmpty ?? false,
    ...requestPlan(where, parts, options),
  }
}

/** Joins without doubling `/v1`, whichever part of the path the user's base already holds. */
function endpoint(base: string, api: Api): string {
  const path = api === 'chat' ? '/chat/completions' : '/completions'
  if (base.endsWith(path)) return base
  return /\/v\d+(beta)?$/.test(base) ? base + path : `${base}/v1${path}`
}

/** Fields that are `undefined` are not sent. */
function requestBody(
  api: Api,
  options: AnyOptions,
  stream: boolean,
  firstRow: DataRow | undefined,
): Record<string, unknown> {
  const input =
    api === 'chat'
      ? { messages: options.messages ?? defaultMessages(firstRow) }
      : { prompt: options.prompt ?? '{{prompt}}' }
  return {
    model: options.model,
    ...input,
    max_tokens: typeof options.maxTokens === 'string' ? asNumber(options.maxTokens) : options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP,
    stop: options.stop,
    seed: options.seed,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    ...options.extraBody,
  }
}

function defaultMessages(row: DataRow | undefined): unknown {
  return row !== undefined && 'messages' in row ? '{{messages}}' : [{ role: 'user', content: '{{prompt}}' }]
}

/** Without a prompt there must be data to take it from. */
function requirePrompt(api: Api, options: AnyOptions): void {
  if (options.data !== undefined || options.messages !== undefined || options.prompt !== undefined) return
  const [option, form] = api === 'chat' ? ['messages', MESSAGES_FORM] : ['prompt', 'takes a text']
  throw new LoadError(
    'invalid-option',
    `${callText(api)}: option ${option}: got undefined, ${form}; or data with a column prompt`,
  )
}

function nameOf(api: Api, options: ModelOptions): string {
  return options.name ?? `${api} ${options.model}`
}

function callText(api: Api): string {
  return `openai.${api}(options)`
}

function isWholeTemplate(input: unknown): boolean {
  return typeof input === 'string' && /^\{\{.+\}\}$/s.test(input)
}
