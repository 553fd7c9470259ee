import type { ResponseHeaders } from '../exchange.ts'
import { type Dialect, GENERATING } from './dialect.ts'
import { type Fields, fieldsOf, inner, textOf, tokensOf, wordOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

const MS = 1e3
/** Times of a whole answer, in milliseconds. A stream has none: its head goes out before they are known. */
const STAGE_HEADERS = { validation: 'x-validation-time', queue: 'x-queue-time', inference: 'x-inference-time' }

/**
 * Text Generation Inference: `/generate` and `/generate_stream`, an event for each token. Its finish reasons: `length`,
 * `eos_token`, `stop_sequence`.
 * @see https://huggingface.github.io/text-generation-inference
 */
export const tgi: Dialect = {
  ...GENERATING,
  ends: 'no event with generated_text',
  head(headers, answer) {
    answer.usage(numberIn(headers, 'x-prompt-tokens'), numberIn(headers, 'x-generated-tokens'))
    for (const [name, header] of Object.entries(STAGE_HEADERS)) answer.stage(name, numberIn(headers, header), MS)
  },
  chunk(chunk, answer) {
    const token = inner(chunk, 'token')
    // The text of the answer does not hold special tokens, such as the one that ends it.
    if (token['special'] !== true) answer.visible.append(textOf(token['text']))
    if (typeof chunk['generated_text'] === 'string') answer.ended = true
    addDetails(chunk, answer)
  },
  whole(fields, answer) {
    answer.visible.append(textOf(fields['generated_text']))
    addDetails(fields, answer)
  },
}

function addDetails(fields: Fields, answer: ModelAnswer): void {
  const details = fieldsOf(fields['details'])
  if (details === null) return
  const { prefill, input_length: inputLength } = details
  const prompt = Array.isArray(prefill) && prefill.length > 0 ? prefill.length : null
  answer.usage(tokensOf(inputLength) ?? prompt, tokensOf(details['generated_tokens']))
  answer.finishReason = wordOf(details['finish_reason']) ?? answer.finishReason
}

function numberIn(headers: ResponseHeaders, name: string): number | null {
  const value = headers[name]
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null
}
