import { type Dialect, GENERATING } from './dialect.ts'
import { type Fields, inner, textOf, tokensOf, wordOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

const MS = 1e3

/**
 * llama.cpp's own `/completion`. Its finish reasons: `eos`, `limit`, `word`; older servers have flags for them. `timings`
 * become the stages `prefill` and `decode`.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 */
export const llamaCpp: Dialect = { ...GENERATING, ends: "no event with 'stop': true", chunk: add, whole: add }

function add(fields: Fields, answer: ModelAnswer): void {
  answer.visible.append(textOf(fields['content']))
  if (fields['stop'] !== true) return
  answer.ended = true
  answer.usage(tokensOf(fields['tokens_evaluated']), tokensOf(fields['tokens_predicted']))
  answer.finishReason = wordOf(fields['stop_type']) ?? flagOf(fields)
  const timings = inner(fields, 'timings')
  answer.stage('prefill', timings['prompt_ms'], MS)
  answer.stage('decode', timings['predicted_ms'], MS)
}

function flagOf(fields: Fields): string | null {
  return ['eos', 'limit', 'word'].find((reason) => fields[`stopped_${reason}`] === true) ?? null
}
