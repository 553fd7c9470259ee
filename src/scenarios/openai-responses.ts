import * as z from 'zod'
import {
  type ChatMessage,
  extraBody,
  FIELDS,
  generationFields,
  type GenerationOptions,
  missingFrom,
} from './model-options.ts'
import { BEARER, countField, type ModelApi } from './model-request.ts'

/** Options of `openai.responses()`. */
export interface ResponsesOptions extends Omit<GenerationOptions, 'stop' | 'seed'> {
  readonly model: string
  /** A text, a list of messages, or `'{{column}}'`. @default with data: its column `messages`, else its column `prompt` */
  readonly input?: string | readonly ChatMessage[]
  /** What the model is told before the input. */
  readonly instructions?: string
}

const API = "OpenAI's responses API"
const FORM = 'takes a text or a list of messages'

/** OpenAI's `POST /v1/responses`. */
export const openAiResponsesApi: ModelApi = {
  dialect: 'openai.responses',
  schema: z.strictObject(
    {
      ...generationFields,
      model: FIELDS.model,
      input: z.union([FIELDS.text, FIELDS.messages], FORM).optional(),
      instructions: FIELDS.text.optional(),
      stop: missingFrom(API),
      seed: missingFrom(API),
      minTokens: missingFrom(API),
      ignoreEos: missingFrom(API),
      extraBody: extraBody(['model', 'input', 'instructions', 'stream']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'input', form: FORM },
  name: ({ model }) => `responses ${model}`,
  path: () => '/v1/responses',
  streamType: 'text/event-stream',
  authorize: BEARER,
  body: (options, stream, row) => ({
    model: options.model,
    input: options['input'] ?? (row !== undefined && 'messages' in row ? '{{messages}}' : '{{prompt}}'),
    instructions: options['instructions'],
    max_output_tokens: countField(options.maxTokens),
    temperature: options.temperature,
    top_p: options.topP,
    stream,
  }),
}
