import { writeFileSync } from 'node:fs'
import type { BpeVocabulary } from '../../fixtures/inference-server/llama/bpe-vocabulary.ts'

/** Writes a byte-level BPE vocabulary as Hugging Face's `tokenizer.json`. @returns the path */
export function writeTokenizerJson(path: string, { tokens, merges }: BpeVocabulary): string {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, 3).map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  }
  writeFileSync(path, JSON.stringify(json))
  return path
}
