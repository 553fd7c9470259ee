import type { DialectId, ModelScenarioPlan } from '../../domain/scenario.ts'
import { anthropic } from './anthropic.ts'
import type { Dialect } from './dialect.ts'
import { jsonPaths } from './json-paths.ts'
import { llamaCpp } from './llamacpp.ts'
import { ollama } from './ollama.ts'
import { openAiChoices } from './openai-choices.ts'
import { openAiEmbeddings } from './openai-embeddings.ts'
import { openAiResponses } from './openai-responses.ts'
import { tgi } from './tgi.ts'

const DIALECTS: Readonly<Record<Exclude<DialectId, 'json'>, Dialect>> = {
  'openai.chat': openAiChoices,
  'openai.completion': openAiChoices,
  'openai.responses': openAiResponses,
  'openai.embeddings': openAiEmbeddings,
  'tgi.generate': tgi,
  'llamacpp.completion': llamaCpp,
  'ollama.chat': ollama,
  'anthropic.messages': anthropic,
}

/** What the JSON of a plan's answers means. */
export function dialectOf({ dialect, read }: ModelScenarioPlan): Dialect {
  return dialect === 'json' ? jsonPaths(read!) : DIALECTS[dialect]
}
