import { type Dialect, GENERATING } from './dialect.ts'
import { argumentsOf, type Fields, fieldsOf, inner, objectsOf, textOf, tokensOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/**
 * OpenAI's chat and text completions, streamed or whole, and what compatible servers add to them: reasoning under two
 * names, usage in every chunk.
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export const openAiChoices: Dialect = {
  ...GENERATING,
  ends: 'no [DONE] and no finish_reason',
  failedReasons: new Set(['error', 'abort']),
  chunk: addChoices,
  whole: addChoices,
}

function addChoices(fields: Fields, answer: ModelAnswer): void {
  const usage = fieldsOf(fields['usage'])
  if (usage !== null) answer.usage(tokensOf(usage['prompt_tokens']), tokensOf(usage['completion_tokens']))
  for (const choice of objectsOf(fields['choices'])) {
    if (typeof choice['finish_reason'] === 'string') answer.finishReason = choice['finish_reason']
    answer.visible.append(textOf(choice['text']))
    const message = fieldsOf(choice['delta'] ?? choice['message'])
    if (message !== null) addMessage(message, answer)
  }
}

function addMessage(message: Fields, answer: ModelAnswer): void {
  answer.visible.append(textOf(message['content']) + textOf(message['refusal']))
  // Some servers send the reasoning under both names.
  answer.hidden.append(textOf(message['reasoning']) || textOf(message['reasoning_content']))
  for (const call of objectsOf(message['tool_calls'])) answer.hidden.append(callText(inner(call, 'function')))
  answer.hidden.append(callText(inner(message, 'function_call')))
  if (textOf(inner(message, 'audio')['data']) !== '') answer.otherPieces++
}

function callText(called: Fields): string {
  return textOf(called['name']) + argumentsOf(called['arguments'])
}
