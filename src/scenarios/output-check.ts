import * as z from 'zod'
import type { RequestFailure } from '../domain/observation.ts'
import type { OutputCheckPlan } from '../domain/scenario.ts'
import { failure } from './answer-check.ts'
import { checkField, type CheckOptions } from './request-options.ts'

/** What a good answer of a language model must look like. Texts are looked for in the visible generated text. */
export interface ModelCheckOptions extends CheckOptions {
  /**
   * Why the server may have stopped generating, in its own word: `'stop'` (OpenAI, Ollama), `'eos'` (llama.cpp),
   * `'eos_token'` (TGI), `'end_turn'` (Anthropic). An answer that was cut off has another one.
   */
  readonly finishReason?: string | readonly string[]
  /** Least output tokens: fewer are a truncated answer. */
  readonly minTokens?: number
}

const word = z.string('takes a text').min(1, 'takes a text that is not empty')

/** Schema of {@link ModelCheckOptions}. */
export const modelCheck: z.ZodType = checkField({
  finishReason: z
    .union([word, z.array(word).min(1, 'takes at least one word')], "takes a word or a list of words, e.g. 'stop'")
    .optional(),
  minTokens: z.int('takes a whole number from 1').min(1, 'takes a whole number from 1').optional(),
}).optional()

/** The part of a check that looks at no text; nothing where there is none. */
export function outputPlan({ finishReason, minTokens }: ModelCheckOptions = {}): { readonly output?: OutputCheckPlan } {
  if (finishReason === undefined && minTokens === undefined) return {}
  const finishReasons = typeof finishReason === 'string' ? [finishReason] : (finishReason ?? null)
  return { output: { finishReasons, minTokens: minTokens ?? null } }
}

/** The `check` failure of an answer whose output is not as it must be; `null` when it is. */
export function outputFailure(
  { finishReasons, minTokens }: OutputCheckPlan,
  finishReason: string | null,
  outputTokens: number | null,
): RequestFailure | null {
  if (finishReasons !== null && (finishReason === null || !finishReasons.includes(finishReason))) {
    const found = finishReason === null ? 'the answer tells no finish reason' : `the finish reason is '${finishReason}'`
    const wanted = finishReasons.map((reason) => `'${reason}'`).join(' or ')
    return failure('check', 'finishReason', `${found}, the check wants ${wanted}`)
  }
  if (minTokens === null || (outputTokens !== null && outputTokens >= minTokens)) return null
  const found = outputTokens === null ? 'no number of tokens' : `${outputTokens} tokens`
  return failure('check', 'minTokens', `the answer has ${found}, the check wants at least ${minTokens}`)
}
