import { randomInt } from 'node:crypto'
import { LoadError } from '../../domain/load-error.ts'
import type { DataRows, SaltPlan } from '../../domain/scenario.ts'
import { singlesAmong } from './prompt-maker.ts'
import type { Tokenizer } from './tokenizer.ts'
import { SALT_WORDS } from './words.ts'

/** Stands in a prompt where its salt belongs. */
export const SALT_SLOT = '\u0000salt\u0000'

/** Words of one salt: with 32 or more to choose from, two requests of a million share one with a chance of 1e-2. */
const SALT_LENGTH = 12
const FEWEST_WORDS = 16

/**
 * Finds words of one token each, whose order does not matter to their number of tokens.
 * @throws LoadError `invalid-option` when the tokenizer has too few
 */
export async function findSalt(where: string, tokenizer: Tokenizer): Promise<SaltPlan> {
  const sample = SALT_WORDS.slice(0, 20).join('')
  const words = await singlesAmong(tokenizer, SALT_WORDS, sample, await tokenizer.count(sample))
  if (words.length >= FEWEST_WORDS) return { column: 'prompt', words, length: SALT_LENGTH }
  throw new LoadError(
    'invalid-option',
    `${where}: option salt: ${tokenizer.name} has ${words.length} of our words as one token, takes ${FEWEST_WORDS} to make salt that keeps the length exact`,
    { hint: 'make as many prompts as requests instead, with count' },
  )
}

/** A new salt: not from the load's seed, because the next run must not find it in a cache either. */
export function saltText({ words, length }: SaltPlan): string {
  return Array.from({ length }, () => words[randomInt(words.length)]!).join('')
}

/** The prompt with a salt in its slot. A text begins with no space. */
export function salted(prompt: string, salt: string): string {
  return prompt.replace(SALT_SLOT, prompt.startsWith(SALT_SLOT) ? salt.trimStart() : salt)
}

/** A row whose prompt has a salt of its own. */
export function saltedRow(row: DataRows[number], plan: SaltPlan): DataRows[number] {
  return { ...row, [plan.column]: salted(String(row[plan.column]), saltText(plan)) }
}
