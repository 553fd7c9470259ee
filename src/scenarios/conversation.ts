import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { describe, DURATION_FORM, type Duration, durationUs } from '../domain/quantity.ts'
import type { ConversationPlan, DataRows, ModelScenarioPlan, Scenario } from '../domain/scenario.ts'
import { type ChatOptions, openai } from './openai.ts'
import { parseOptions } from './request-options.ts'

/** Options of {@link conversation}: those of `openai.chat`, and these. */
export interface ConversationOptions extends Omit<ChatOptions, 'messages'> {
  /** What the user says, turn by turn. @default with data: its column `turns`, a list of texts, as `promptSet` reads it from ShareGPT */
  readonly turns?: readonly string[]
  /** The first message, of the system. @default with data: its column `system`, if it has one */
  readonly system?: string
  /** How long the user thinks before each turn but the first, evenly from a pair; part of the conversation's latency, and of no turn's. @default 0 */
  readonly thinkTime?: Duration | readonly [Duration, Duration]
  /** Turns of longer conversations are left out. @default 50 */
  readonly maxTurns?: number
}

const WHERE = 'conversation(options)'
/** Most turns with a name of their own. */
const MOST_TURNS = 50
const TURNS_FORM = "takes a list of texts, e.g. ['Hello', 'And then?']"
const THINK_FORM = `takes ${DURATION_FORM}, or a pair of them, the smaller one first`
const MAX_FORM = `takes a whole number from 1 to ${MOST_TURNS}`
const SCHEMA = z.looseObject({
  turns: z.array(z.string(TURNS_FORM).min(1, TURNS_FORM), TURNS_FORM).min(1, TURNS_FORM).optional(),
  system: z.string('takes a text').min(1, 'takes a text').optional(),
  thinkTime: z.custom<unknown>((input) => thinkRange(input) !== null, THINK_FORM).optional(),
  maxTurns: z.int(MAX_FORM).min(1, MAX_FORM).max(MOST_TURNS, MAX_FORM).optional(),
})

/**
 * A chat of several turns with an OpenAI-compatible server: each request holds all that was said before, with the server's
 * own answers. An iteration is a conversation; its turns are `run.scenario('turn 1')`, `'turn 2'` and so on (in a mix:
 * `'NAME turn 1'`), and the counter `cachedTokens` tells what of each prompt the server took from its prefix cache, where it
 * says so. A turn that fails ends the conversation. TTFT of the whole is that of its first turn.
 * @throws LoadError `invalid-option`
 */
export function conversation(options: ConversationOptions): Scenario {
  const parsed = parseOptions(WHERE, SCHEMA, options) as ConversationOptions
  const { turns, system = null, thinkTime = 0, maxTurns = MOST_TURNS, ...chat } = parsed
  if ((turns === undefined) === (chat.data === undefined)) {
    throw new LoadError(
      'invalid-option',
      `${WHERE}: option turns: got ${describe(turns)}, ${TURNS_FORM}, or data with a column turns instead`,
    )
  }
  const name = chat.name ?? `conversation ${chat.model}`
  const request = openai.chat({
    counters: { cachedTokens: { path: 'usage.prompt_tokens_details.cached_tokens' } },
    ...chat,
    name,
    // Where the messages of a turn are put: the plan's rows have a list there, too.
    messages: '{{turns}}',
    ...(turns === undefined ? {} : { data: [{ turns }] }),
  })
  const plan: ConversationPlan = { system, thinkTime: thinkRange(thinkTime)!, maxTurns }
  return {
    ...request,
    plan: (): ModelScenarioPlan => {
      const made = request.plan() as ModelScenarioPlan
      if (!('path' in made.data)) made.data.forEach((row, i) => turnsOf(WHERE, row, i))
      return { ...made, conversation: plan }
    },
  }
}

/** The turns of a row. @throws LoadError `invalid-option` */
export function turnsOf(where: string, row: DataRows[number], i: number): readonly string[] {
  const turns = row['turns']
  if (Array.isArray(turns) && turns.length > 0 && turns.every((turn) => typeof turn === 'string' && turn !== ''))
    return turns as string[]
  throw new LoadError('invalid-option', `${where}: option data: row ${i}: turns: got ${describe(turns)}, ${TURNS_FORM}`)
}

function thinkRange(input: unknown): ConversationPlan['thinkTime'] | null {
  const [min, max] = Array.isArray(input) ? (input as unknown[]) : [input, input]
  const [minUs, maxUs] = [durationUs(min), durationUs(max)]
  return minUs === null || maxUs === null || minUs > maxUs ? null : { minUs, maxUs }
}
