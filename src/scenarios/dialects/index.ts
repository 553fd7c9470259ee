import type { DialectId } from '../../domain/scenario.ts'
import type { Dialect } from './dialect.ts'
import { openAiChoices } from './openai-choices.ts'

/** What every dialect's JSON means. */
export const DIALECTS: Readonly<Record<DialectId, Dialect>> = {
  'openai.chat': openAiChoices,
  'openai.completion': openAiChoices,
}
