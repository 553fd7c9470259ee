import { type Dialect, GENERATING } from './dialect.ts'
import { argumentsOf, type Fields, inner, objectsOf, textOf, tokensOf, wordOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

const NS = 1e-3

/**
 * Ollama's `/api/chat`, a line of JSON for each chunk. Its finish reasons: `stop`, `length`, `load`, `unload`. Durations
 * become the stages `load`, `prefill` and `decode`.
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md
 */
export const ollama: Dialect = {
  ...GENERATING,
  framing: 'ndjson',
  ends: "no line with 'done': true",
  chunk: add,
  whole: add,
}

function add(fields: Fields, answer: ModelAnswer): void {
  const message = inner(fields, 'message')
  answer.visible.append(textOf(message['content']))
  answer.hidden.append(textOf(message['thinking']))
  for (const call of objectsOf(message['tool_calls'])) {
    const called = inner(call, 'function')
    answer.hidden.append(textOf(called['name']) + argumentsOf(called['arguments']))
  }
  if (fields['done'] !== true) return
  answer.ended = true
  answer.finishReason = wordOf(fields['done_reason'])
  answer.usage(tokensOf(fields['prompt_eval_count']), tokensOf(fields['eval_count']))
  answer.stage('load', fields['load_duration'], NS)
  answer.stage('prefill', fields['prompt_eval_duration'], NS)
  answer.stage('decode', fields['eval_duration'], NS)
}
