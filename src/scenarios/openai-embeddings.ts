import * as z from 'zod'
import { extraBody, FIELDS, generationFields, type GenerationOptions } from './model-options.ts'
import { BEARER, type ModelApi } from './model-request.ts'
import { requestFields, type RequestOptions } from './request-options.ts'

/** Options of `openai.embeddings()`. Checks look at the body of the answer. */
export interface EmbeddingsOptions
  extends RequestOptions, Pick<GenerationOptions, 'baseUrl' | 'apiKey' | 'extraBody' | 'allowEmpty'> {
  readonly model: string
  /** A text, a list of texts, or `'{{column}}'`. @default with data: its column `input`, else its column `prompt` */
  readonly input?: string | readonly string[]
  /** Length of the vectors, where the model has several. */
  readonly dimensions?: number
}

const FORM = 'takes a text or a list of texts'

/** OpenAI's `POST /v1/embeddings`. */
export const openAiEmbeddingsApi: ModelApi = {
  dialect: 'openai.embeddings',
  schema: z.strictObject(
    {
      ...requestFields,
      baseUrl: generationFields.baseUrl,
      apiKey: generationFields.apiKey,
      allowEmpty: generationFields.allowEmpty,
      model: FIELDS.model,
      input: z.union([FIELDS.text, z.array(FIELDS.text).min(1, 'takes at least one text')], FORM).optional(),
      dimensions: z.int('takes a whole number from 1').min(1, 'takes a whole number from 1').optional(),
      extraBody: extraBody(['model', 'input', 'dimensions']),
    },
    'takes an object of options',
  ),
  prompt: { option: 'input', form: FORM },
  name: ({ model }) => `embeddings ${model}`,
  path: () => '/v1/embeddings',
  streamType: '',
  authorize: BEARER,
  body: (options, _stream, row) => ({
    model: options.model,
    input: options['input'] ?? (row !== undefined && 'input' in row ? '{{input}}' : '{{prompt}}'),
    dimensions: options['dimensions'],
  }),
}
