import * as z from 'zod'
import type { Scenario } from '../domain/scenario.ts'
import { extraBody, FIELDS, generationFields, type GenerationOptions, missingFrom } from './model-options.ts'
import { BEARER, countField, type ModelApi, modelScenario, stopList } from './model-request.ts'

/** Options of `tgi.generate()`. `extraBody.parameters` adds to the parameters. */
export interface TgiOptions extends GenerationOptions {
  /** Sent as `inputs`. @default with data: its column `prompt` */
  readonly prompt?: string
}

const API = 'Text Generation Inference'

const api: ModelApi = {
  dialect: 'tgi.generate',
  schema: z.strictObject(
    {
      ...generationFields,
      prompt: FIELDS.text.optional(),
      minTokens: missingFrom(API),
      ignoreEos: missingFrom(API),
      extraBody: extraBody(['inputs']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'prompt', form: 'takes a text' },
  name: () => 'tgi generate',
  path: (stream) => (stream ? '/generate_stream' : '/generate'),
  streamType: 'text/event-stream',
  authorize: BEARER,
  body: (options) => ({
    inputs: options['prompt'] ?? '{{prompt}}',
    parameters: {
      max_new_tokens: countField(options.maxTokens),
      temperature: options.temperature,
      top_p: options.topP,
      stop: stopList(options.stop),
      seed: options.seed,
      // Without them the server does not tell how many tokens it generated, nor why it stopped.
      details: true,
    },
  }),
}

/** Scenarios of one request to Hugging Face's Text Generation Inference. */
export const tgi: {
  /** `POST /generate_stream`, or `/generate` without a stream. @throws LoadError `invalid-option` */
  generate(options: TgiOptions): Scenario
} = { generate: (options) => modelScenario(api, options) }
