import * as z from 'zod'
import type { Scenario } from '../domain/scenario.ts'
import {
  type ChatMessage,
  extraBody,
  FIELDS,
  generationFields,
  type GenerationOptions,
  MESSAGES_FORM,
  missingFrom,
} from './model-options.ts'
import { BEARER, countField, messagesField, type ModelApi, modelScenario, stopList } from './model-request.ts'

/** Options of `ollama.chat()`. `extraBody.options` adds to the model's options: `{ options: { num_ctx: 8192 } }`. */
export interface OllamaOptions extends GenerationOptions {
  readonly model: string
  /** A list, or `'{{column}}'` whose rows hold lists. @default with data: its column `messages`, else a user message of its column `prompt` */
  readonly messages?: readonly ChatMessage[] | `{{${string}}}`
}

const API = 'Ollama'

const api: ModelApi = {
  dialect: 'ollama.chat',
  schema: z.strictObject(
    {
      ...generationFields,
      model: FIELDS.model,
      messages: FIELDS.messages.optional(),
      minTokens: missingFrom(API),
      ignoreEos: missingFrom(API),
      extraBody: extraBody(['model', 'messages', 'stream']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'messages', form: MESSAGES_FORM },
  name: ({ model }) => `chat ${model}`,
  path: () => '/api/chat',
  streamType: 'application/x-ndjson',
  authorize: BEARER,
  body: (options, stream, row) => ({
    model: options.model,
    messages: messagesField(options, row),
    stream,
    options: {
      num_predict: countField(options.maxTokens),
      temperature: options.temperature,
      top_p: options.topP,
      stop: stopList(options.stop),
      seed: options.seed,
    },
  }),
}

/** Scenarios of one request to Ollama's own API; its OpenAI-compatible one is `openai.*`. */
export const ollama: {
  /** `POST /api/chat`. @throws LoadError `invalid-option` */
  chat(options: OllamaOptions): Scenario
} = { chat: (options) => modelScenario(api, options) }
