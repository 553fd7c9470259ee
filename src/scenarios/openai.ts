import * as z from 'zod'
import type { ModelScenarioPlan, Scenario } from '../domain/scenario.ts'
import type { Drawn } from './draw.ts'
import {
  type ChatMessage,
  extraBody,
  FIELDS,
  generationFields,
  type GenerationOptions,
  MESSAGES_FORM,
} from './model-options.ts'
import {
  BEARER,
  countField,
  messagesField,
  type ModelApi,
  modelCallPlan,
  type ModelInput,
  modelScenario,
} from './model-request.ts'
import { type EmbeddingsOptions, openAiEmbeddingsApi } from './openai-embeddings.ts'
import { openAiResponsesApi, type ResponsesOptions } from './openai-responses.ts'
import {
  openAiSpeech,
  type OpenAiSpeechOptions,
  openAiTranscription,
  type OpenAiTranscriptionOptions,
} from './openai-audio.ts'
import { transportPlan, type TransportPlanner } from './transport-options.ts'

/** Options that chat and completion share. */
export interface ModelOptions extends GenerationOptions {
  /** With or without `/v1`. An object's `url` is read when the load starts, not before. */
  readonly baseUrl: GenerationOptions['baseUrl']
  readonly model: string
  /** Least tokens to generate: `min_tokens` of vLLM. OpenAI's own servers refuse it. */
  readonly minTokens?: Drawn<number> | `{{${string}}}`
  /** Generate up to `maxTokens` whatever the model says: `ignore_eos` of vLLM, SGLang, llama.cpp. OpenAI's own servers refuse it. */
  readonly ignoreEos?: boolean
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

const fields = {
  ...generationFields,
  model: FIELDS.model,
  minTokens: FIELDS.tokens,
  ignoreEos: FIELDS.flag,
  extraBody: extraBody(['model', 'messages', 'prompt', 'stream']),
}

const chatApi: ModelApi = {
  dialect: 'openai.chat',
  schema: z.strictObject({ ...fields, messages: FIELDS.messages.optional() }, 'takes an object of options'),
  prompt: { option: 'messages', form: MESSAGES_FORM },
  name: ({ model }) => `chat ${model}`,
  path: () => '/v1/chat/completions',
  streamType: 'text/event-stream',
  authorize: BEARER,
  body: (options, stream, row) => generationBody({ messages: messagesField(options, row) }, options, stream),
}

const completionApi: ModelApi = {
  ...chatApi,
  dialect: 'openai.completion',
  schema: z.strictObject({ ...fields, prompt: FIELDS.text.optional() }, 'takes an object of options'),
  prompt: { option: 'prompt', form: 'takes a text' },
  name: ({ model }) => `completion ${model}`,
  path: () => '/v1/completions',
  body: (options, stream) => generationBody({ prompt: options['prompt'] ?? '{{prompt}}' }, options, stream),
}

/** Requests to OpenAI-compatible servers. */
export interface OpenAi {
  /** `POST /v1/chat/completions`. @throws LoadError `invalid-option` */
  chat(options: ChatOptions): Scenario
  /** `POST /v1/completions`. @throws LoadError `invalid-option` */
  completion(options: CompletionOptions): Scenario
  /** `POST /v1/responses`. @throws LoadError `invalid-option` */
  responses(options: ResponsesOptions): Scenario
  /** `POST /v1/embeddings`: input tokens and no output tokens. @throws LoadError `invalid-option` */
  embeddings(options: EmbeddingsOptions): Scenario
  /** `POST /v1/audio/speech`. @throws LoadError `invalid-option` */
  speech(options: OpenAiSpeechOptions): Scenario
  /** `POST /v1/audio/transcriptions`. @throws LoadError `invalid-option` */
  transcription(options: OpenAiTranscriptionOptions): Scenario
}

/** Scenarios of one request to an OpenAI-compatible server. */
export const openai: OpenAi = {
  chat: (options) => modelScenario(chatApi, options),
  completion: (options) => modelScenario(completionApi, options),
  responses: (options) => modelScenario(openAiResponsesApi, options),
  embeddings: (options) => modelScenario(openAiEmbeddingsApi, options),
  speech: openAiSpeech,
  transcription: openAiTranscription,
}

/**
 * The plan of one model call inside a scenario module. Nothing in it is a template.
 * @throws LoadError `invalid-option`
 */
export function openAiCallPlan(
  api: 'chat' | 'completion',
  options: unknown,
  transport: TransportPlanner = transportPlan,
): ModelScenarioPlan {
  return modelCallPlan(api === 'chat' ? chatApi : completionApi, options, transport)
}

function generationBody(
  input: Readonly<Record<string, unknown>>,
  options: ModelInput,
  stream: boolean,
): Readonly<Record<string, unknown>> {
  return {
    model: options.model,
    ...input,
    max_tokens: countField(options.maxTokens),
    min_tokens: countField(options['minTokens']),
    ignore_eos: options['ignoreEos'],
    temperature: options.temperature,
    top_p: options.topP,
    stop: options.stop,
    seed: options.seed,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
  }
}
