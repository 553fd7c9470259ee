import { type CompiledConversation, type ConversationTurn } from '../scenarios/conversation-calls.ts'
import type { ChatMessage } from '../scenarios/model-options.ts'
import type { CallCompiler } from '../scenarios/compile.ts'
import type { ScenarioFunction } from '../scenarios/module.ts'
import type { LoadedModule } from './module-iterations.ts'
import type { RequestNames } from './request-names.ts'

/**
 * A conversation as a scenario module: one iteration is one conversation, and each turn a request of its own name.
 * @param prefix of the turns' names
 */
export function conversationModule(talk: CompiledConversation, names: RequestNames, prefix: string): LoadedModule {
  const run: ScenarioFunction = async ({ openai, sleep, iteration, user }) => {
    const system = talk.system(iteration, user)
    const messages: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }]
    const random = talk.random(iteration)
    const { minUs, maxUs } = talk.thinkTime
    for (const [i, content] of talk.turns(iteration, user).entries()) {
      if (i > 0 && maxUs > 0) await sleep((minUs + random() * (maxUs - minUs)) / 1e3)
      messages.push({ role: 'user', content })
      const turn: ConversationTurn = { k: iteration, user, name: `${prefix}turn ${i + 1}`, messages }
      const { content: answer } = await openai.chat(turn as never)
      messages.push({ role: 'assistant', content: answer })
    }
  }
  // Calls are turns, not options of a user's.
  const compiler = { chat: (turn: unknown) => talk.call(turn as ConversationTurn) } as unknown as CallCompiler
  return { run, hooks: {}, compiler, params: null, names, newCookies: () => null }
}
