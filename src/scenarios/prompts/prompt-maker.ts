import { LoadError } from '../../domain/load-error.ts'
import type { Random } from '../../domain/random.ts'
import type { Tokenizer } from './tokenizer.ts'
import type { WordSource } from './words.ts'

/** Tokens that are left to single pieces at the end. */
const LAST_TOKENS = 4
const MOST_STEPS = 40
const MOST_ENDINGS = 60

/**
 * Makes texts of an exact number of tokens: words until a little is missing, then pieces that were seen to be one token
 * each. How tokens join at the seams is not guessed: the whole text is counted again until it is right.
 */
export class PromptMaker {
  readonly #where: string
  readonly #tokenizer: Tokenizer
  readonly #words: WordSource
  #tokensPerWord = 1
  #singles: readonly string[] = []

  private constructor(where: string, tokenizer: Tokenizer, words: WordSource) {
    this.#where = where
    this.#tokenizer = tokenizer
    this.#words = words
  }

  /** Looks at how the words of a source fall into tokens. */
  static async create(where: string, tokenizer: Tokenizer, words: WordSource, random: Random): Promise<PromptMaker> {
    const maker = new PromptMaker(where, tokenizer, words)
    const next = words.from(random)
    const sample = Array.from({ length: 200 }, next).join('')
    const tokens = await tokenizer.count(sample)
    maker.#tokensPerWord = tokens / 200
    maker.#singles = await singlesAmong(tokenizer, words.fillers, sample, tokens)
    return maker
  }

  /**
   * A text that begins with `prefix` and has exactly so many tokens.
   * @throws LoadError `invalid-option` when it cannot be made, e.g. because the prefix is longer
   */
  async make(tokens: number, random: Random, prefix: string = ''): Promise<string> {
    const next = this.#words.from(random)
    const pieces: string[] = []
    // The first word of a text has no space before it.
    const text = (): string => (prefix + pieces.join('')).trimStart()
    const count = (): Promise<number> => this.#tokenizer.count(text())
    const wanted = tokens - LAST_TOKENS
    let have = await (prefix === '' ? 0 : count())
    if (have > tokens) throw this.#refused(tokens, `what it begins with has ${have}`)
    for (let step = 0; step < MOST_STEPS && (have < wanted || have > tokens); step++) {
      const words = Math.floor((Math.min(wanted, tokens) - have) / this.#tokensPerWord)
      if (have > tokens) pieces.splice(Math.max(0, pieces.length + Math.min(-1, words)))
      else for (let i = 0; i < Math.max(1, words); i++) pieces.push(next())
      have = await count()
    }
    for (let ending = 0; ending < MOST_ENDINGS; ending++) {
      if (have === tokens && !endsBlank(text())) return text()
      if (have < tokens && this.#singles.length > 0) {
        for (let i = have; i < tokens; i++) pieces.push(this.#singles[Math.floor(random() * this.#singles.length)]!)
      } else {
        pieces.splice(Math.max(0, pieces.length - 1 - Math.floor(random() * LAST_TOKENS)))
        if (have < tokens) pieces.push(next())
      }
      have = await count()
    }
    throw this.#refused(tokens, `the nearest has ${have}`)
  }

  /**
   * The longest beginning of whole words of a text with at most so many tokens. Tokens at a seam may join with what
   * follows.
   */
  async beginning(text: string, tokens: number): Promise<string> {
    const pieces = text.match(/\s*\S+/g) ?? []
    // Texts without spaces are cut between characters.
    const units = pieces.length > tokens / 10 ? pieces : Array.from(text)
    let [least, most] = [0, units.length]
    while (least < most) {
      const middle = Math.ceil((least + most) / 2)
      if ((await this.#tokenizer.count(units.slice(0, middle).join(''))) <= tokens) least = middle
      else most = middle - 1
    }
    return units.slice(0, least).join('')
  }

  #refused(tokens: number, why: string): LoadError {
    return new LoadError(
      'invalid-option',
      `${this.#where}: cannot make a prompt of exactly ${tokens} tokens as ${this.#tokenizer.name} counts them: ${why}`,
      { hint: 'take more tokens, or another script' },
    )
  }
}

/** Servers and templates strip blanks at the end, which would be a token less. */
function endsBlank(text: string): boolean {
  return text !== text.trimEnd()
}

/** Pieces that add one token to a text, each time. */
export async function singlesAmong(
  tokenizer: Tokenizer,
  pieces: readonly string[],
  sample: string,
  tokens: number,
): Promise<readonly string[]> {
  const singles: string[] = []
  for (const piece of pieces.slice(0, 60)) {
    if ((await tokenizer.count(sample + piece)) !== tokens + 1) continue
    if ((await tokenizer.count(sample + piece + piece)) === tokens + 2) singles.push(piece)
  }
  return singles
}
