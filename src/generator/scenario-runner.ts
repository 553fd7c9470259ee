import type { LoadPlan } from '../domain/load-plan.ts'
import type { SingleScenarioPlan } from '../domain/scenario.ts'
import { MixDealer } from '../plan/mix-dealer.ts'
import { rowOrder } from '../plan/row-order.ts'
import { compileScenario, compileWebSocket } from '../scenarios/compile.ts'
import type { IterationRunner } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { MixIterations } from './mix-iterations.ts'
import { loadModule, ModuleIterations } from './module-iterations.ts'
import { RequestNames } from './request-names.ts'
import { RequestIterations } from './request-iterations.ts'
import { WebSocketIterations } from './websocket-iterations.ts'

/**
 * Loads what a load runs.
 * @param onScenarioError hears what a scenario throws by itself, which ends the load
 * @throws LoadError `scenario-failed`, `invalid-option`; whatever a scenario module throws while it is imported
 */
export async function scenarioRunner(
  { scenario, seed }: LoadPlan,
  records: LoadRecords,
  onScenarioError: (error: unknown) => void,
): Promise<IterationRunner> {
  const names = new RequestNames()
  const runnerOf = async (plan: SingleScenarioPlan, own: LoadRecords): Promise<IterationRunner> => {
    switch (plan.kind) {
      case 'module':
        return new ModuleIterations(await loadModule(plan, names), own, onScenarioError)
      case 'websocket':
        return new WebSocketIterations(plan, compileWebSocket(plan, rowOrder(plan, seed)), own, onScenarioError)
      default:
        return new RequestIterations(await compileScenario(plan, rowOrder(plan, seed)), own, onScenarioError)
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
    (k) => dealer.deal(k).part,
  )
  return new MixIterations(dealer, await Promise.all(parts.map(({ plan }, i) => runnerOf(plan, own[i]!))))
}
