import * as z from 'zod'
import type { Scenario } from '../domain/scenario.ts'
import { extraBody, FIELDS, generationFields, type GenerationOptions, missingFrom } from './model-options.ts'
import { BEARER, countField, type ModelApi, modelScenario, stopList } from './model-request.ts'

/** Options of `llamacpp.completion()`. */
export interface LlamaCppOptions extends GenerationOptions {
  /** @default with data: its column `prompt` */
  readonly prompt?: string
  /** Generate up to `maxTokens` whatever the model says. @default false */
  readonly ignoreEos?: boolean
}

const api: ModelApi = {
  dialect: 'llamacpp.completion',
  schema: z.strictObject(
    {
      ...generationFields,
      prompt: FIELDS.text.optional(),
      ignoreEos: FIELDS.flag,
      minTokens: missingFrom("llama.cpp's /completion"),
      extraBody: extraBody(['prompt', 'stream']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'prompt', form: 'takes a text' },
  name: () => 'llama.cpp completion',
  path: () => '/completion',
  streamType: 'text/event-stream',
  authorize: BEARER,
  body: (options, stream) => ({
    prompt: options['prompt'] ?? '{{prompt}}',
    n_predict: countField(options.maxTokens),
    ignore_eos: options['ignoreEos'],
    temperature: options.temperature,
    top_p: options.topP,
    stop: stopList(options.stop),
    seed: options.seed,
    stream,
  }),
}

/** Scenarios of one request to llama.cpp's own API; its OpenAI-compatible one is `openai.*`. */
export const llamacpp: {
  /** `POST /completion`. @throws LoadError `invalid-option` */
  completion(options: LlamaCppOptions): Scenario
} = { completion: (options) => modelScenario(api, options) }
