import * as z from 'zod'
import type { BaseUrl } from '../domain/scenario.ts'
import type { Drawn } from './draw.ts'
import { drawnField } from './drawn-field.ts'
import { jsonValue, refineJson } from './json-value.ts'
import { modelCheck, type ModelCheckOptions } from './output-check.ts'
import { baseUrl, HEADER_VALUE_FORM, isHeaderValue, requestFields, type RequestOptions } from './request-options.ts'

/**
 * Options that requests to language models share, whatever their API. Any text in the request may hold `{{templates}}`.
 * Numbers, and anything in `extraBody` and `messages`, may be a `choice` or a `range`: drawn for each request.
 */
export interface GenerationOptions extends RequestOptions {
  /** An object's `url` is read when the load starts, not before. */
  readonly baseUrl: BaseUrl | undefined
  /** Most tokens to generate; a text such as `'{{maxTokens}}'` takes the row's number, or what its text spells. */
  readonly maxTokens?: Drawn<number> | `{{${string}}}`
  readonly temperature?: Drawn<number>
  readonly topP?: Drawn<number>
  readonly stop?: string | readonly string[]
  readonly seed?: Drawn<number>
  /** Ask for a stream. Without it TTFT and TPOT are n/a. @default true */
  readonly stream?: boolean
  readonly apiKey?: string | undefined
  /** Further fields of the request body; they overrule ours, `null` included: `{ stream_options: null }`. */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** Whether an answer without any generated text counts as good. @default false */
  readonly allowEmpty?: boolean
  /** `json` and texts are looked for in the visible generated text. */
  readonly check?: ModelCheckOptions
}

/** One message of a chat, as the server takes it. */
export interface ChatMessage {
  readonly role: string
  readonly content?: unknown
  readonly [field: string]: unknown
}

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const message = z
  .looseObject({ role: text }, "takes { role, content }, e.g. { role: 'user', content: 'Hello' }")
  .superRefine(refineJson)

const tokens = drawnField(
  z.custom<number | string>(
    (input) => (Number.isInteger(input) && (input as number) >= 1) || isWholeTemplate(input),
    "takes a whole number from 1, or a template such as '{{maxTokens}}', or a choice or range of such",
  ),
)
const FROM_0 = 'takes a number from 0, or a choice or range of such'
const FROM_0_TO_1 = 'takes a number from 0 to 1, or a choice or range of such'
const flag = z.boolean('takes true or false').optional()

/** What a list of messages may be. */
export const MESSAGES_FORM = "takes a list of messages, e.g. [{ role: 'user', content: '{{prompt}}' }], or '{{column}}'"

/** Fields that some of the APIs have. */
export const FIELDS: Readonly<Record<'text' | 'model' | 'tokens' | 'requiredTokens' | 'flag' | 'messages', z.ZodType>> =
  {
    text,
    model: text,
    tokens: tokens.optional(),
    requiredTokens: tokens,
    flag,
    messages: z.union(
      [z.array(message).min(1, 'takes at least one message'), z.custom<string>(isWholeTemplate, MESSAGES_FORM)],
      MESSAGES_FORM,
    ),
  }

/** Fields of {@link GenerationOptions}. */
export const generationFields: Readonly<Record<keyof GenerationOptions, z.ZodType>> = {
  ...requestFields,
  check: modelCheck,
  baseUrl,
  maxTokens: FIELDS.tokens,
  temperature: drawnField(z.number(FROM_0).min(0, FROM_0)).optional(),
  topP: drawnField(z.number(FROM_0_TO_1).min(0, FROM_0_TO_1).max(1, FROM_0_TO_1)).optional(),
  stop: z.union([text, z.array(text)], 'takes a text or a list of texts').optional(),
  seed: drawnField(z.int('takes a whole number')).optional(),
  stream: FIELDS.flag,
  apiKey: z.string('takes a text').refine(isHeaderValue, HEADER_VALUE_FORM).optional(),
  extraBody: extraBody(['stream']),
  allowEmpty: FIELDS.flag,
}

/** Further fields of a body, without those that have an option. */
export function extraBody(reserved: readonly string[]): z.ZodType {
  return z
    .record(z.string(), jsonValue, 'takes an object of fields')
    .superRefine((fields, context) => {
      for (const key of reserved.filter((name) => name in fields)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `takes fields without an option of their own: use ${key}`,
        })
      }
    })
    .optional()
}

/** An option that other APIs have and this one has not. */
export function missingFrom(api: string): z.ZodType {
  return z
    .custom<undefined>(
      (input) => input === undefined,
      `takes nothing: ${api} has no such field; extraBody sends fields of your own`,
    )
    .optional()
}

/** A text that is nothing but a template. */
export function isWholeTemplate(input: unknown): boolean {
  return typeof input === 'string' && /^\{\{.+\}\}$/s.test(input)
}
