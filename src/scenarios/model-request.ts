import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { DialectId, ModelScenarioPlan, Scenario } from '../domain/scenario.ts'
import { resolveBaseUrl } from './address.ts'
import { type DataRow, preparation, resolveData } from './data.ts'
import type { GenerationOptions } from './model-options.ts'
import { outputPlan } from './output-check.ts'
import { parseOptions } from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { asNumber } from './template.ts'
import { transportPlan, type TransportPlanner } from './transport-options.ts'

/** Options of any of the APIs, checked against the schema of the one. */
export interface ModelInput extends GenerationOptions {
  readonly model?: string
  readonly [option: string]: unknown
}

type BodyFields = Readonly<Record<string, unknown>>

/** What one API asks for: where, with which fields. What its answers mean is its dialect. */
export interface ModelApi {
  readonly dialect: Exclude<DialectId, 'json'>
  readonly schema: z.ZodObject
  /** What the prompt's option is called and takes. */
  readonly prompt: { readonly option: string; readonly form: string }
  /** Under which name requests are counted. */
  name(options: ModelInput): string
  /** Path of the endpoint, from the server's root. */
  path(stream: boolean): string
  /** What a stream is asked for as. */
  readonly streamType: string
  /** Headers that the API asks for. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers that let a user in. */
  authorize(apiKey: string): Readonly<Record<string, string>>
  /** Fields of the body; those that are `undefined` are not sent. */
  body(options: ModelInput, stream: boolean, firstRow: DataRow | undefined): BodyFields
}

/** `authorization: Bearer`, as most servers take it. */
export const BEARER: ModelApi['authorize'] = (apiKey) => ({ authorization: `Bearer ${apiKey}` })

/** A scenario of one request. @throws LoadError `invalid-option` */
export function modelScenario(api: ModelApi, options: unknown): Scenario {
  const parsed = parsedInput(api, api.schema, options)
  const plan = (): ModelScenarioPlan => planOf(api, parsed, transportPlan, true)
  return { name: nameOf(api, parsed), ...preparation(parsed.data), plan }
}

/**
 * The plan of one call inside a scenario module. Nothing in it is a template.
 * @throws LoadError `invalid-option`
 */
export function modelCallPlan(api: ModelApi, options: unknown, transport: TransportPlanner): ModelScenarioPlan {
  const schema = api.schema
    .omit({ data: true, dataOrder: true })
    .extend({ allowFailure: z.boolean('takes true or false').optional() })
  return planOf(api, parsedInput(api, schema, options), transport, false)
}

function parsedInput(api: ModelApi, schema: z.ZodObject, options: unknown): ModelInput {
  const where = callText(api)
  const parsed = parseOptions(where, schema, options) as ModelInput
  const { prompt } = api
  if (parsed.data === undefined && parsed[prompt.option] === undefined)
    throw new LoadError(
      'invalid-option',
      `${where}: option ${prompt.option}: got undefined, ${prompt.form}; or data with a column prompt`,
    )
  const { minTokens, maxTokens } = parsed
  if (typeof minTokens === 'number' && typeof maxTokens === 'number' && minTokens > maxTokens)
    throw new LoadError(
      'invalid-option',
      `${where}: option minTokens: got ${minTokens}, takes at most maxTokens, which is ${maxTokens}`,
    )
  return parsed
}

function planOf(
  api: ModelApi,
  options: ModelInput,
  transport: TransportPlanner,
  templates: boolean,
): ModelScenarioPlan {
  const where = callText(api)
  const stream = (options.stream ?? true) && api.streamType !== ''
  const data = resolveData(where, options.data)
  const { apiKey } = options
  const parts = {
    method: 'POST',
    name: nameOf(api, options),
    url: endpoint(resolveBaseUrl(where, options.baseUrl), api.path(stream)),
    headers: {
      accept: stream ? api.streamType : 'application/json',
      'content-type': 'application/json',
      ...api.headers,
      ...(apiKey === undefined || apiKey === '' ? {} : api.authorize(apiKey)),
    },
    body: JSON.stringify(withExtra(api.body(options, stream, data.rows[0]), options.extraBody)),
    bodyForm: 'json',
    upload: null,
    transport: transport(where, options),
    templates,
    data,
    promptClass: classTemplate(data.rows[0]),
  } as const
  return {
    kind: 'model',
    dialect: api.dialect,
    stream,
    allowEmpty: options.allowEmpty ?? false,
    ...outputPlan(options.check),
    ...requestPlan(where, parts, options),
  }
}

/** Joins without doubling what the user's base already holds of the path, such as `/v1`. */
function endpoint(base: string, path: string): string {
  if (base.endsWith(path)) return base
  const [, first] = path.split('/')
  const held = first === 'v1' ? /\/v\d+(beta)?$/.test(base) : path !== `/${first}` && base.endsWith(`/${first}`)
  return held ? base + path.slice(first!.length + 1) : base + path
}

/** A group of fields is overruled field by field, so that one more does not drop the others. */
function withExtra(body: BodyFields, extra: BodyFields = {}): BodyFields {
  const groups = Object.entries(extra).map(([name, value]) => [
    name,
    isGroup(value) && isGroup(body[name]) ? { ...body[name], ...value } : value,
  ])
  return { ...body, ...(Object.fromEntries(groups) as BodyFields) }
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number of tokens as the body holds it: a template that spells one becomes a number. */
export function countField(value: unknown): unknown {
  return typeof value === 'string' ? asNumber(value) : value
}

/** Messages of a chat, or those of the data: its column `messages`, else a user message of its column `prompt`. */
export function messagesField({ messages }: ModelInput, row: DataRow | undefined): unknown {
  if (messages !== undefined) return messages
  return row !== undefined && 'messages' in row ? '{{messages}}' : [{ role: 'user', content: '{{prompt}}' }]
}

/** Models' results are split by the column `class` of the data, if there is one. */
export function classTemplate(row: DataRow | undefined): string | undefined {
  return row !== undefined && 'class' in row ? '{{class}}' : undefined
}

/** Texts to stop at, as a list. */
export function stopList(stop: GenerationOptions['stop']): readonly string[] | undefined {
  return typeof stop === 'string' ? [stop] : stop
}

function nameOf(api: ModelApi, options: ModelInput): string {
  return options.name ?? api.name(options)
}

function callText(api: ModelApi): string {
  return `${api.dialect}(options)`
}
