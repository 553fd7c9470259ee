import * as z from 'zod'
import type { Scenario } from '../domain/scenario.ts'
import type { Drawn } from './draw.ts'
import {
  type ChatMessage,
  extraBody,
  FIELDS,
  generationFields,
  type GenerationOptions,
  MESSAGES_FORM,
  missingFrom,
} from './model-options.ts'
import { countField, messagesField, type ModelApi, modelScenario, stopList } from './model-request.ts'

/** Options of `anthropic.messages()`. `headers: { 'anthropic-version': ... }` asks for another version than 2023-06-01. */
export interface AnthropicOptions extends Omit<GenerationOptions, 'seed'> {
  /** With or without `/v1`. An object's `url` is read when the load starts, not before. */
  readonly baseUrl: GenerationOptions['baseUrl']
  readonly model: string
  /** The API has no default. */
  readonly maxTokens: Drawn<number> | `{{${string}}}`
  /** A list, or `'{{column}}'` whose rows hold lists. @default with data: its column `messages`, else a user message of its column `prompt` */
  readonly messages?: readonly ChatMessage[] | `{{${string}}}`
  /** What the model is told before the messages. */
  readonly system?: string
  /** Sent as `x-api-key`. */
  readonly apiKey?: string | undefined
}

const API = "Anthropic's API"

const api: ModelApi = {
  dialect: 'anthropic.messages',
  schema: z.strictObject(
    {
      ...generationFields,
      model: FIELDS.model,
      maxTokens: FIELDS.requiredTokens,
      messages: FIELDS.messages.optional(),
      system: FIELDS.text.optional(),
      seed: missingFrom(API),
      minTokens: missingFrom(API),
      ignoreEos: missingFrom(API),
      extraBody: extraBody(['model', 'messages', 'system', 'stream']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'messages', form: MESSAGES_FORM },
  name: ({ model }) => `messages ${model}`,
  path: () => '/v1/messages',
  streamType: 'text/event-stream',
  headers: { 'anthropic-version': '2023-06-01' },
  authorize: (apiKey) => ({ 'x-api-key': apiKey }),
  body: (options, stream, row) => ({
    model: options.model,
    system: options['system'],
    messages: messagesField(options, row),
    max_tokens: countField(options.maxTokens),
    temperature: options.temperature,
    top_p: options.topP,
    stop_sequences: stopList(options.stop),
    stream,
  }),
}

/** Scenarios of one request to Anthropic's API, or to a server that speaks it. */
export const anthropic: {
  /** `POST /v1/messages`. @throws LoadError `invalid-option` */
  messages(options: AnthropicOptions): Scenario
} = { messages: (options) => modelScenario(api, options) }
