import type { Dialect } from './dialect.ts'
import { type Fields, fieldsOf, textOf, tokensOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/**
 * OpenAI's chat and text completions, streamed or whole, and what compatible servers add to them: reasoning under two
 * names, usage in every chunk.
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export const openAiChoices: Dialect = {
  ends: 'no [DONE] and no finish_reason',
  failedReasons: new Set(['error', 'abort']),
  chunk: addChoices,
  whole: addChoices,
}

function addChoices(fields: Fields, answer: ModelAnswer): void {
  const usage = fieldsOf(fields['usage'])
  if (usage !== null) answer.usage(tokensOf(usage['prompt_tokens']), tokensOf(usage['completion_tokens']))
  const choices = fields['choices']
  if (!Array.isArray(choices)) return
  for (const item of choices) {
    const choice = fieldsOf(item)
    if (choice === null) continue
    if (typeof choice['finish_reason'] === 'string') answer.finishReason = choice['finish_reason']
    answer.visible.append(textOf(choice['text']))
    const message = fieldsOf(choice['delta'] ?? choice['message'])
    if (message !== null) addMessage(message, answer)
  }
}

function addMessage(message: Fields, answer: ModelAnswer): void {
  answer.visible.append(textOf(message['content']) + textOf(message['refusal']))
  // Some servers send the reasoning under both names.
  answer.hidden.append(
    (textOf(message['reasoning']) || textOf(message['reasoning_content'])) +
      callText(message['tool_calls']) +
      functionText(message['function_call']),
  )
  if (textOf(fieldsOf(message['audio'])?.['data']) !== '') answer.otherPieces++
}

function callText(calls: unknown): string {
  return Array.isArray(calls) ? calls.map((call) => functionText(fieldsOf(call)?.['function'])).join('') : ''
}

function functionText(call: unknown): string {
  const fields = fieldsOf(call)
  return fields === null ? '' : textOf(fields['name']) + textOf(fields['arguments'])
}
