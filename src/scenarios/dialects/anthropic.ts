import { type Dialect, GENERATING } from './dialect.ts'
import { argumentsOf, type Fields, inner, objectsOf, textOf, tokensOf, wordOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/**
 * Anthropic's messages. Its stop reasons: `end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, `refusal`, `pause_turn`.
 * @see https://docs.anthropic.com/en/api/messages-streaming
 */
export const anthropic: Dialect = {
  ...GENERATING,
  ends: 'no message_stop',
  chunk(chunk, answer) {
    switch (chunk['type']) {
      case 'message_start':
        // Output tokens that are told here are not what was generated.
        return answer.usage(promptTokens(inner(inner(chunk, 'message'), 'usage')), null)
      case 'content_block_start':
        return addBlock(inner(chunk, 'content_block'), answer)
      case 'content_block_delta':
        return addDelta(inner(chunk, 'delta'), answer)
      case 'message_delta':
        return addOutcome(inner(chunk, 'delta'), inner(chunk, 'usage'), answer)
      case 'message_stop':
        answer.ended = true
    }
  },
  whole(fields, answer) {
    for (const block of objectsOf(fields['content'])) {
      addBlock(block, answer)
      answer.hidden.append(argumentsOf(block['input']))
    }
    addOutcome(fields, inner(fields, 'usage'), answer)
  },
}

function addBlock(block: Fields, answer: ModelAnswer): void {
  answer.visible.append(textOf(block['text']))
  answer.hidden.append(textOf(block['thinking']) + textOf(block['name']))
  if (block['type'] === 'redacted_thinking') answer.otherPieces++
}

function addDelta(delta: Fields, answer: ModelAnswer): void {
  answer.visible.append(textOf(delta['text']))
  answer.hidden.append(textOf(delta['thinking']) + textOf(delta['partial_json']))
}

function addOutcome(outcome: Fields, usage: Fields, answer: ModelAnswer): void {
  answer.finishReason = wordOf(outcome['stop_reason']) ?? answer.finishReason
  answer.usage(promptTokens(usage), tokensOf(usage['output_tokens']))
}

/** `input_tokens` leaves out what a cache held or took in. */
function promptTokens(usage: Fields): number | null {
  const parts = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'].map((name) =>
    tokensOf(usage[name]),
  )
  return parts[0] === null ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}
