import { LoadError } from '../../domain/load-error.ts'
import { resolveBaseUrl } from '../address.ts'
import { fieldsOf } from '../dialects/fields.ts'
import type { Tokenizer, TokenizerOption } from './tokenizer.ts'

type ServerOption = Extract<TokenizerOption, { readonly server: unknown }>

/** How a server's `/tokenize` is asked, and where it tells the tokens. */
interface TokenizeForm {
  readonly server: string
  body(text: string, model: string | undefined): object
  /** `null` when this is no answer of that form. */
  count(answer: unknown): number | null
}

/**
 * In the order in which they are tried. Each asks for the text's own tokens, without one that marks its beginning.
 * @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (Tokenizer API)
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (POST /tokenize)
 * @see https://huggingface.github.io/text-generation-inference (POST /tokenize)
 */
const FORMS: readonly TokenizeForm[] = [
  {
    server: 'vLLM',
    body: (prompt, model) => ({ ...(model === undefined ? {} : { model }), prompt, add_special_tokens: false }),
    count: (answer) => {
      const count = fieldsOf(answer)?.['count']
      return typeof count === 'number' ? count : null
    },
  },
  {
    server: 'llama.cpp',
    body: (content) => ({ content, add_special: false }),
    count: (answer) => lengthOf(fieldsOf(answer)?.['tokens']),
  },
  { server: 'TGI', body: (inputs) => ({ inputs, add_special_tokens: false }), count: (answer) => lengthOf(answer) },
]

/** A text that is at least this many tokens for everybody, so that an answer to something else is found out. */
const PROBE = { text: 'one two three, 4 5 6', least: 5 }
const LONGEST_WAIT_MS = 30_000

/**
 * Asks a server for its tokens.
 * @throws LoadError `invalid-option` when nothing there counts them
 */
export async function serverTokenizer(where: string, { server, model, headers }: ServerOption): Promise<Tokenizer> {
  const option = `${where}: option tokenizer.server`
  const base = resolveBaseUrl(where, server)
  const url = base.endsWith('/tokenize') ? base : `${base.replace(/\/v\d+$/, '')}/tokenize`
  const ask = async (form: TokenizeForm, text: string): Promise<number | string> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(form.body(text, model)),
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    })
    const answer = await response.text()
    const said = `status ${response.status}: ${answer.slice(0, 200)}`
    if (!response.ok) return said
    try {
      return form.count(JSON.parse(answer)) ?? said
    } catch {
      return said
    }
  }
  const refused = (why: string, cause?: unknown): LoadError =>
    new LoadError('invalid-option', `${option}: ${url}: ${why}`, {
      hint: "takes a server with /tokenize, as vLLM, SGLang, llama.cpp and TGI have; else count with { file: './tokenizer.json' }",
      cause,
    })
  let told = ''
  for (const form of FORMS) {
    const count = await ask(form, PROBE.text).catch((cause: unknown) => {
      throw refused(String((cause as Error).cause ?? cause), cause)
    })
    if (typeof count !== 'number' || count < PROBE.least) {
      told ||= String(count)
      continue
    }
    return {
      name: `${url} (in the form of ${form.server})`,
      count: async (text) => {
        const tokens = await ask(form, text)
        if (typeof tokens === 'number') return tokens
        throw refused(tokens)
      },
    }
  }
  throw refused(told)
}

function lengthOf(list: unknown): number | null {
  return Array.isArray(list) ? list.length : null
}
