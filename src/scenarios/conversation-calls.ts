import type { ConversationPlan, ModelScenarioPlan, SingleScenarioPlan } from '../domain/scenario.ts'
import { type Random, seededRandom } from '../domain/random.ts'
import { type Draws, loadReaders, preparedRequest, type RowOrder } from './compile.ts'
import { turnsOf } from './conversation.ts'
import type { PreparedCall } from './exchange.ts'
import { liveRow } from './live-values.ts'
import type { ChatMessage } from './model-options.ts'
import { compileClass } from './prompt-class.ts'
import { compileRequest, rowsOf } from './request-plan.ts'
import { KeptFiles } from './upload-files.ts'

/** One turn of a conversation. */
export interface ConversationTurn {
  /** Number of the conversation in the load. */
  readonly k: number
  readonly user: number
  /** Under which it is counted. */
  readonly name: string
  /** All that was said before, and what the user says now. */
  readonly messages: readonly ChatMessage[]
}

/** A plan of conversations. */
export type ConversationScenarioPlan = ModelScenarioPlan & { readonly conversation: ConversationPlan }

/** True for a chat of several turns. */
export function isConversation(plan: SingleScenarioPlan): plan is ConversationScenarioPlan {
  return plan.kind === 'model' && plan.conversation !== undefined
}

/** A conversation, ready to be held. */
export interface CompiledConversation extends Pick<ConversationPlan, 'thinkTime'> {
  /** What the system says in conversation k; `null` for nothing. */
  system(k: number, user: number): string | null
  /** What the user says in conversation k. @throws LoadError `invalid-option` */
  turns(k: number, user: number): readonly string[]
  /** @throws LoadError `invalid-option` */
  call(turn: ConversationTurn): PreparedCall
  random(k: number): Random
}

/**
 * @param rowOf which row conversation k of a user takes. @default in turn
 * @param draws random numbers of conversation k. @default those of seed 0
 * @throws LoadError `invalid-option` when the file of the data is not what the plan was made from
 */
export async function compileConversation(
  plan: ConversationScenarioPlan,
  rowOf?: RowOrder,
  draws: Draws = (k) => seededRandom(0, k),
): Promise<CompiledConversation> {
  const where = `scenario '${plan.name}'`
  const rows = rowsOf(where, plan)
  const order = rowOf ?? ((k: number) => k % rows.length)
  const readers = await loadReaders(plan)
  const render = compileRequest(where, plan, new KeptFiles())
  const classOf = plan.promptClass === undefined ? null : compileClass(where, plan.promptClass)
  return {
    thinkTime: plan.conversation.thinkTime,
    system: (k, user) => {
      const own = plan.conversation.system ?? rows[order(k, user)]!['system']
      return typeof own === 'string' && own !== '' ? own : null
    },
    random: draws,
    turns: (k, user) => turnsOf(where, rows[order(k, user)]!, order(k, user)).slice(0, plan.conversation.maxTurns),
    call: ({ k, user, name, messages }) => {
      const i = order(k, user)
      const row = liveRow(where, { ...rows[i]!, turns: messages }, i, k, user)
      const facts = classOf === null ? {} : { promptClass: classOf(rows[i]!, i) }
      // The same random numbers for all turns: a conversation keeps its parameters.
      const request = { ...preparedRequest(plan, render(row, i, draws(k)), facts), name }
      return { request, reader: (sink) => readers(sink, 0, request), allowFailure: false }
    },
  }
}
