import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LoadError } from '../../domain/load-error.ts'
import type { BaseUrl } from '../../domain/scenario.ts'
import { serverTokenizer } from './server-tokenizer.ts'

/** Whose tokens are counted. */
export type TokenizerOption =
  /** An encoding of `gpt-tokenizer`, which comes with this package. */
  | 'o200k_base'
  | 'cl100k_base'
  /** The server's own `/tokenize`: vLLM, SGLang, llama.cpp and TGI are told apart by their answers. */
  | {
      readonly server: BaseUrl
      /** For servers with several. */
      readonly model?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** A model's `tokenizer.json`; needs the package `@huggingface/tokenizers`. */
  | { readonly file: string | URL }

/** Counts the tokens of texts, without those that mark a text's beginning where it can do without. */
export interface Tokenizer {
  /** For people: `gpt-tokenizer o200k_base`. */
  readonly name: string
  count(text: string): Promise<number>
}

/** @throws LoadError `invalid-option` when there is none such, or the server cannot be asked */
export async function loadTokenizer(where: string, option: TokenizerOption): Promise<Tokenizer> {
  if (typeof option === 'string') return gptTokenizer(option)
  return 'file' in option ? fileTokenizer(where, option.file) : serverTokenizer(where, option)
}

async function gptTokenizer(encoding: 'o200k_base' | 'cl100k_base'): Promise<Tokenizer> {
  const { countTokens } =
    encoding === 'o200k_base'
      ? await import('gpt-tokenizer/encoding/o200k_base')
      : await import('gpt-tokenizer/encoding/cl100k_base')
  const asText = { disallowedSpecial: new Set<string>() }
  return { name: `gpt-tokenizer ${encoding}`, count: (text) => Promise.resolve(countTokens(text, asText)) }
}

async function fileTokenizer(where: string, source: string | URL): Promise<Tokenizer> {
  const text = String(source)
  const path = text.startsWith('file:') ? fileURLToPath(text) : resolve(text)
  const option = `${where}: option tokenizer.file: ${path}`
  const { Tokenizer } = await import('@huggingface/tokenizers').catch((cause: unknown) => {
    throw new LoadError('invalid-option', `${option}: the package @huggingface/tokenizers is not installed`, {
      hint: 'npm i -D @huggingface/tokenizers',
      cause,
    })
  })
  try {
    const model = new Tokenizer(JSON.parse(await readFile(path, 'utf8')) as object, {})
    const count = (of: string): number => model.encode(of, { add_special_tokens: false }).ids.length
    count('one word')
    return { name: `tokenizer.json ${path}`, count: (of) => Promise.resolve(count(of)) }
  } catch (cause) {
    throw new LoadError('invalid-option', `${option}: ${(cause as Error).message}, takes a model's tokenizer.json`, {
      cause,
    })
  }
}
