/** Number of tokens in a text. */
export type TokenCounter = (text: string) => number

/**
 * Loads the tokenizer (o200k, some 100 ms and 30 MB) for answers without `usage`. Counts are estimates for any other
 * model and marked so. Texts that look like special tokens count as text: models may well generate them.
 */
export async function loadTokenCounter(): Promise<TokenCounter> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const asText = { disallowedSpecial: new Set<string>() }
  return (text) => countTokens(text, asText)
}
