import type { LoadPlan } from '../domain/load-plan.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'
import type { SingleScenarioPlan } from '../domain/scenario.ts'
import { MixDealer } from '../plan/mix-dealer.ts'
import { rowOrder } from '../plan/row-order.ts'
import { compileConversation, isConversation } from '../scenarios/conversation-calls.ts'
import { conversationModule } from './conversation-module.ts'
import { compileScenario, compileWebSocket, type Draws } from '../scenarios/compile.ts'
import type { IterationRunner } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { MixIterations } from './mix-iterations.ts'
import { loadModule, ModuleIterations } from './module-iterations.ts'
import { RequestNames } from './request-names.ts'
import { RequestIterations } from './request-iterations.ts'

/**
 * Loads what a load runs.
 * @param onScenarioError hears what a scenario throws by itself, which ends the load
 * @throws LoadError `scenario-failed`, `invalid-option`; whatever a scenario module throws while it is imported
 */
export async function scenarioRunner(
  { scenario, seed, rest }: LoadPlan,
  records: LoadRecords,
  onScenarioError: (error: unknown) => void,
): Promise<IterationRunner> {
  const names = new RequestNames()
  // What is left of a load goes on with the next rows, and the drivers count from 0 again; a mix deals on by itself.
  const firstK = scenario.kind === 'mix' ? 0 : (rest?.iterations ?? 0)
  const runnerOf = async (plan: SingleScenarioPlan, own: LoadRecords): Promise<IterationRunner> => {
    switch (plan.kind) {
      case 'module':
        return new ModuleIterations(await loadModule(plan, names), own, onScenarioError)
      case 'websocket': {
        const { WebSocketIterations } = await import('./websocket-iterations.ts')
        return new WebSocketIterations(
          plan,
          compileWebSocket(plan, rowOrder(plan, seed), drawsOf(plan, seed)),
          own,
          onScenarioError,
        )
      }
      default: {
        if (isConversation(plan)) {
          const talk = await compileConversation(plan, rowOrder(plan, seed), drawsOf(plan, seed))
          const prefix = scenario.kind === 'mix' ? `${plan.name} ` : ''
          return new ModuleIterations(conversationModule(talk, names, prefix), own, onScenarioError)
        }
        const compiled = await compileScenario(plan, rowOrder(plan, seed), drawsOf(plan, seed))
        const { classOf } = compiled
        if (classOf !== null) own.classify((k) => classOf(k + firstK))
        return new RequestIterations(compiled, own, onScenarioError)
      }
    }
  }
  if (scenario.kind !== 'mix') return runnerOf(scenario, records)
  const { parts } = scenario
  for (const { plan } of parts) names.claim(plan.name, 'part')
  const dealer = new MixDealer(
    parts.map(({ weight }) => weight),
    seed,
  )
  const own = records.split(
    parts.map(({ plan }) => plan.name),
    (k) => dealer.deal(k + (rest?.iterations ?? 0)),
  )
  return new MixIterations(dealer, await Promise.all(parts.map(({ plan }, i) => runnerOf(plan, own[i]!))))
}

/** What request k draws follows from the seed, so that any number of generators sends the same. */
function drawsOf({ name }: SingleScenarioPlan, seed: number): Draws {
  // Two parts of a mix do not draw alike.
  const own = purposeSeed(seed, `draws of ${name}`)
  return (k) => seededRandom(own, k)
}
