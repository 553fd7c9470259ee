import { errorMessage, failure } from '../answer-check.ts'
import { redactText } from '../redact.ts'
import { type Dialect, GENERATING } from './dialect.ts'
import { argumentsOf, type Fields, fieldsOf, inner, objectsOf, textOf, tokensOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/** Deltas that a user sees; all others are reasoning or calls of tools. */
const VISIBLE = new Set(['response.output_text.delta', 'response.refusal.delta'])
const ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/**
 * OpenAI's responses. Its finish reasons: `completed`, or why it is incomplete (`max_output_tokens`, `content_filter`).
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export const openAiResponses: Dialect = {
  ...GENERATING,
  ends: 'no response.completed',
  failedReasons: new Set(['failed', 'cancelled']),
  chunk(chunk, answer) {
    const { type, delta } = chunk
    if (typeof type !== 'string') return
    if (ENDS.has(type)) {
      answer.ended = true
      addOutcome(inner(chunk, 'response'), answer)
    } else if (type === 'response.output_item.added') {
      // A call begins with the name of what is called.
      answer.hidden.append(textOf(inner(chunk, 'item')['name']))
    } else if (type.endsWith('.delta')) {
      answer[VISIBLE.has(type) ? 'visible' : 'hidden'].append(textOf(delta))
    }
  },
  whole(fields, answer) {
    addOutcome(fields, answer)
    for (const item of objectsOf(fields['output'])) {
      for (const part of objectsOf(item['content'])) {
        const reasons = part['type'] === 'reasoning_text'
        answer[reasons ? 'hidden' : 'visible'].append(textOf(part['text']) + textOf(part['refusal']))
      }
      answer.hidden.append(
        textOf(item['summary']) + textOf(item['name']) + argumentsOf(item['arguments'] ?? item['input']),
      )
    }
  },
}

function addOutcome(response: Fields, answer: ModelAnswer): void {
  const { status, error } = response
  const usage = inner(response, 'usage')
  answer.usage(tokensOf(usage['input_tokens']), tokensOf(usage['output_tokens']))
  const reason = inner(response, 'incomplete_details')['reason'] ?? status
  if (typeof reason === 'string') answer.finishReason = reason
  if (fieldsOf(error) === null) return
  const words = redactText(errorMessage(error) ?? JSON.stringify(error))
  answer.failure = failure('http', 'stream_error', `the server gave up generating: ${words}`)
}
