import * as z from 'zod'
import { LoadError } from '../../domain/load-error.ts'
import { purposeSeed, seededRandom } from '../../domain/random.ts'
import { SHARE_FORM, type Share, shareOf } from '../../domain/quantity.ts'
import type { DataRows, PromptPlan, SaltPlan } from '../../domain/scenario.ts'
import type { PreparedData } from '../data.ts'
import { type Drawn, drawnIndex, drawnNumber, isDraw } from '../draw.ts'
import { drawnField } from '../drawn-field.ts'
import { parseOptions } from '../request-options.ts'
import { type ClassBounds, classBounds, classOfLength } from './class-bounds.ts'
import { flushed, flushField, type Flush } from './flush.ts'
import { PromptMaker } from './prompt-maker.ts'
import { findSalt, SALT_SLOT, salted, saltText } from './salt.ts'
import { loadTokenizer, type Tokenizer, type TokenizerOption } from './tokenizer.ts'
import { tokenizerField } from './tokenizer-field.ts'
import { corpusWords, type Script, SCRIPTS, scriptWords } from './words.ts'

/** Options of {@link syntheticPrompts}. */
export interface SyntheticPromptOptions {
  /**
   * Length of each prompt, exactly: `1024`, `choice([1000, 2048, 4096])`, `range([100, 900])`,
   * `range({ lognormal: [600, 0.5] }, { max: 4000 })`.
   */
  readonly tokens: Drawn<number>
  /** How many different ones. Requests take them by `dataOrder`, and again when all have been. @default 100 */
  readonly count?: number
  /** Whose tokens. @default 'o200k_base' */
  readonly tokenizer?: TokenizerOption
  /** The same options with the same seed give the same prompts, salt excepted. @default 1 */
  readonly seed?: number
  /** Words of which script. @default 'latin' */
  readonly script?: Script
  /** A text file whose words are used instead. */
  readonly corpus?: string | URL
  /** What part of each prompt, from its beginning, all have in common: for a server's prefix cache. @default 0 */
  readonly sharedPrefix?: Share
  /** Whether each request gets words of its own, after the shared prefix, so that no cache knows what follows. @default false */
  readonly salt?: boolean
  /** Classes by length: `{ short: 256, medium: 1024, long: 4096 }` are the longest of each; the last takes all above, too. */
  readonly classes?: ClassBounds
  /** Asked with POST before each load that uses the prompts, e.g. to empty a cache: `'http://127.0.0.1:8000/reset_prefix_cache'`. */
  readonly flush?: Flush
}

const WHERE = 'syntheticPrompts(options)'
const LONGEST_PROMPT = 1_000_000
const TOKENS_FORM = 'takes a whole number of tokens from 1 to 1,000,000, or a choice or range of such'
const COUNT_FORM = 'takes a whole number from 1 to 100,000'
const FIELDS = {
  tokens: drawnField(z.int(TOKENS_FORM).min(1, TOKENS_FORM).max(LONGEST_PROMPT, TOKENS_FORM)),
  count: z.int(COUNT_FORM).min(1, COUNT_FORM).max(100_000, COUNT_FORM).optional(),
  tokenizer: tokenizerField.optional(),
  seed: z.int('takes a whole number').optional(),
  script: z.enum(SCRIPTS, `takes ${SCRIPTS.map((script) => `'${script}'`).join(', ')}`).optional(),
  corpus: z.union([z.string(), z.instanceof(URL)], 'takes the path or URL of a text file').optional(),
  sharedPrefix: z.custom<Share>((input) => shareOf(input) !== null, `takes ${SHARE_FORM}`).optional(),
  salt: z.boolean('takes true or false').optional(),
  classes: classBounds.optional(),
  flush: flushField.optional(),
}
const SCHEMA = z.strictObject(FIELDS, 'takes an object of options')

/** Prompts that are made at the same time, so that a server's `/tokenize` is asked in parallel. */
const AT_ONCE = 8

/**
 * Prompts of an exact number of tokens, as `data` with the columns `prompt`, `tokens` and, with `classes`, `class`:
 * `openai.chat({ ..., data: syntheticPrompts({ tokens: 1024, tokenizer: { server: llm } }) })`. They are made when the first
 * load that uses them starts, before its clock does. Each is counted again as a whole, and the server's own
 * `usage.prompt_tokens` is held against it: a constant more is its chat template and told, anything else makes the
 * measurement suspect.
 * @throws LoadError `invalid-option`
 */
export function syntheticPrompts(options: SyntheticPromptOptions): PreparedData {
  const parsed = parseOptions(WHERE, SCHEMA, options) as SyntheticPromptOptions
  let made: Promise<{ readonly rows: DataRows; readonly prompts: PromptPlan }> | null = null
  return {
    prepare: async () => {
      made ??= makePrompts(parsed)
      // A server that was not there yet may be there for the next load.
      made.catch(() => (made = null))
      const prepared = await made
      if (parsed.flush !== undefined) await flushed(WHERE, parsed.flush)
      return prepared
    },
  }
}

async function makePrompts(
  options: SyntheticPromptOptions,
): Promise<{ readonly rows: DataRows; readonly prompts: PromptPlan }> {
  const { count = 100, seed = 1, classes } = options
  const tokenizer = await loadTokenizer(WHERE, options.tokenizer ?? 'o200k_base')
  const lengths = Array.from({ length: count }, (_, i) => lengthOf(options.tokens, purposeSeed(seed, 'lengths'), i))
  const salt = options.salt === true ? await findSalt(WHERE, tokenizer) : null
  const make = await promptsOf(options, tokenizer, lengths, salt)
  const prompts = await inParallel(lengths, make)
  const rows = lengths.map((tokens, i) => ({
    prompt: prompts[i]!,
    tokens,
    ...(classes === undefined ? {} : { class: classOfLength(classes, tokens) }),
  }))
  return { rows, prompts: { countedBy: tokenizer.name, lengthColumn: 'tokens', salt } }
}

function lengthOf(tokens: Drawn<number>, seed: number, i: number): number {
  if (!isDraw(tokens)) return tokens
  const random = seededRandom(seed, i)
  const drawn = '$choice' in tokens ? tokens.$choice[drawnIndex(tokens, random)]! : drawnNumber(tokens, random)
  return Math.min(LONGEST_PROMPT, Math.max(1, Math.round(drawn)))
}

/** Makes the i-th prompt, of so many tokens. */
async function promptsOf(
  { script = 'latin', corpus, sharedPrefix = 0, seed = 1 }: SyntheticPromptOptions,
  tokenizer: Tokenizer,
  lengths: readonly number[],
  salt: SaltPlan | null,
): Promise<(tokens: number, i: number) => Promise<string>> {
  const words = corpus === undefined ? scriptWords(script) : await corpusWords(WHERE, corpus)
  const maker = await PromptMaker.create(WHERE, tokenizer, words, seededRandom(purposeSeed(seed, 'sample')))
  const share = shareOf(sharedPrefix)!
  const shared = (tokens: number): number => Math.floor(tokens * share)
  const longest = shared(Math.max(...lengths))
  const common = longest === 0 ? '' : await maker.make(longest, seededRandom(purposeSeed(seed, 'prefix')))
  const beginnings = new Map<number, Promise<string>>()
  const beginning = (tokens: number): Promise<string> => {
    let known = beginnings.get(tokens)
    if (known === undefined) {
      known = tokens === longest ? Promise.resolve(common) : maker.beginning(common, tokens)
      beginnings.set(tokens, known)
    }
    return known
  }
  const own = purposeSeed(seed, 'prompts')
  return async (tokens, i) => {
    const prefix = await beginning(shared(tokens))
    if (salt === null)
      return prefix === common && shared(tokens) === tokens ? prefix : maker.make(tokens, seededRandom(own, i), prefix)
    // Made with one salt in place and counted with another: the length must not depend on which it is.
    const begun = salted(prefix + SALT_SLOT, saltText(salt))
    const prompt = await maker.make(tokens, seededRandom(own, i), begun)
    const slotted = prefix + SALT_SLOT + prompt.slice(begun.length)
    const again = await tokenizer.count(salted(slotted, saltText(salt)))
    if (again === tokens) return slotted
    throw new LoadError(
      'invalid-option',
      `${WHERE}: option salt: a prompt of ${tokens} tokens has ${again} with another salt, as ${tokenizer.name} counts them`,
      { hint: 'make as many prompts as requests instead, with count' },
    )
  }
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item, i: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!, i)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return results
}
