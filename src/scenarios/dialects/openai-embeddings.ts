import { type Dialect, GENERATING } from './dialect.ts'
import { inner, objectsOf, tokensOf } from './fields.ts'

/**
 * OpenAI's embeddings: vectors as numbers or as base64, and the tokens of the input. Nothing is generated, so there are no
 * output tokens.
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
export const openAiEmbeddings: Dialect = {
  ...GENERATING,
  ends: 'no vectors',
  checks: 'body',
  countsTokens: false,
  chunk() {},
  whole(fields, answer) {
    answer.usage(tokensOf(inner(fields, 'usage')['prompt_tokens']), null)
    for (const { embedding } of objectsOf(fields['data']))
      if ((typeof embedding === 'string' || Array.isArray(embedding)) && embedding.length > 0) answer.otherPieces++
  },
}
