import * as z from 'zod'
import { LoadError } from '../../domain/load-error.ts'
import { describe } from '../../domain/quantity.ts'
import { purposeSeed, seededRandom } from '../../domain/random.ts'
import type { DataRows } from '../../domain/scenario.ts'
import type { PreparedData, PreparedRows } from '../data.ts'
import { objectsOf, textOf } from '../dialects/fields.ts'
import { parseOptions } from '../request-options.ts'
import { readRowFile, type RowFile } from '../row-file.ts'
import { type ClassBounds, classBounds, classOfLength } from './class-bounds.ts'
import { flushed, flushField, type Flush } from './flush.ts'
import { loadTokenizer, type TokenizerOption } from './tokenizer.ts'
import { tokenizerField } from './tokenizer-field.ts'

/** Options of {@link promptSet}. */
export interface PromptSetOptions {
  /** Column that holds the prompts. @default 'prompt', or what the user says first in a conversation */
  readonly prompt?: string
  /** Column that holds their class. @default 'class' where there is one */
  readonly class?: string
  /** Counts the prompts (column `tokens`) and first answers (`answerTokens`, e.g. for `maxTokens`). @default not counted; 'o200k_base' with `classes` */
  readonly tokenizer?: TokenizerOption
  /** Classes by length instead: `{ short: 256, medium: 1024, long: 4096 }`. */
  readonly classes?: ClassBounds
  /** So many rows, drawn from the file; in the file's order. @default all */
  readonly take?: number
  /** Of that draw. @default 1 */
  readonly seed?: number
  /** Asked with POST before each load that uses the set. */
  readonly flush?: Flush
}

const WHERE = 'promptSet(file, options)'
const column = z.string('takes the name of a column').min(1, 'takes the name of a column').optional()
const TAKE_FORM = 'takes a whole number of rows from 1'
const SCHEMA = z.strictObject(
  {
    prompt: column,
    class: column,
    tokenizer: tokenizerField.optional(),
    classes: classBounds.optional(),
    take: z.int(TAKE_FORM).min(1, TAKE_FORM).optional(),
    seed: z.int('takes a whole number').optional(),
    flush: flushField.optional(),
  },
  'takes an object of options',
)

/**
 * A file of prompts as `data`: the formats that `data` takes, and among JSON and JSON lines those of ShareGPT
 * (`conversations: [{ from, value }]`) and of chats (`messages: [{ role, content }]`). Every row gets the columns `prompt`
 * and, of a conversation, `turns` (what the user says, for `conversation()`), `system` and `answer`; its other columns stay.
 * Conversations in which the user says nothing are left out.
 * @throws LoadError `invalid-option` naming file and row
 */
export function promptSet(file: string | URL, options: PromptSetOptions = {}): PreparedData {
  const parsed = parseOptions(WHERE, SCHEMA, options) as PromptSetOptions
  let made: Promise<PreparedRows> | null = null
  return {
    prepare: async () => {
      made ??= readPrompts(file, parsed)
      made.catch(() => (made = null))
      const rows = await made
      if (parsed.flush !== undefined) await flushed(WHERE, parsed.flush)
      return rows
    },
  }
}

async function readPrompts(source: string | URL, options: PromptSetOptions): Promise<PreparedRows> {
  const file = readRowFile(WHERE, source)
  const all = file.rows.flatMap((row, i) => promptRow(file, row, i, options))
  if (all.length === 0)
    throw new LoadError('invalid-option', `${WHERE}: ${String(source)}: no conversation in it begins with a user`)
  const rows = taken(all, options)
  const { classes } = options
  const counted = options.tokenizer ?? (classes === undefined ? undefined : 'o200k_base')
  if (counted === undefined) return { rows, prompts: null }
  const tokenizer = await loadTokenizer(WHERE, counted)
  const withTokens: Record<string, unknown>[] = []
  for (const row of rows) {
    const tokens = await tokenizer.count(String(row['prompt']))
    withTokens.push({
      ...row,
      tokens,
      ...(typeof row['answer'] === 'string' ? { answerTokens: Math.max(1, await tokenizer.count(row['answer'])) } : {}),
      ...(classes === undefined ? {} : { class: classOfLength(classes, tokens) }),
    })
  }
  return { rows: withTokens, prompts: { countedBy: tokenizer.name, lengthColumn: 'tokens', salt: null } }
}

/** None for a conversation without a user. */
function promptRow(file: RowFile, row: DataRows[number], i: number, options: PromptSetOptions): DataRows {
  const { conversations, messages, ...others } = row
  const said = objectsOf(conversations ?? messages).map(({ from, role, value, content }) => ({
    who: String(from ?? role),
    text: textOf(value ?? content),
  }))
  const by = (...names: readonly string[]): readonly string[] =>
    said.flatMap(({ who, text }) => (names.includes(who) && text !== '' ? [text] : []))
  const [turns, [system], [answer]] = [
    by('human', 'user'),
    by('system'),
    by('gpt', 'assistant', 'chatgpt', 'bing', 'bard'),
  ]
  const talk = (conversations ?? messages) !== undefined
  if (talk && turns.length === 0) return []
  const prompt = options.prompt === undefined && talk ? turns[0] : row[options.prompt ?? 'prompt']
  if (typeof prompt !== 'string' || prompt === '') {
    throw new LoadError(
      'invalid-option',
      `${WHERE}: ${file.place(i)}: column ${options.prompt ?? 'prompt'}: got ${describe(prompt)}, takes a text`,
      { hint: `its columns are ${Object.keys(row).join(', ')}: name one with the option prompt` },
    )
  }
  return [
    {
      ...others,
      prompt,
      ...(talk ? { turns } : {}),
      ...(system === undefined ? {} : { system }),
      ...(answer === undefined ? {} : { answer }),
      ...(options.class === undefined ? {} : { class: row[options.class] }),
    },
  ]
}

/** Rows drawn without any twice. Method: selection sampling (Knuth, TAOCP 3.4.2 S). */
function taken(rows: DataRows, { take = rows.length, seed = 1 }: PromptSetOptions): DataRows {
  const random = seededRandom(purposeSeed(seed, 'take'))
  let wanted = Math.min(take, rows.length)
  return rows.filter((_, i) => {
    const chosen = random() * (rows.length - i) < wanted
    if (chosen) wanted--
    return chosen
  })
}
