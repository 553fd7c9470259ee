import { LoadError } from '../domain/load-error.ts'
import type { ModuleScenarioPlan } from '../domain/scenario.ts'
import { type CallCompiler, loadCallCompiler } from '../scenarios/compile.ts'
import type { ScenarioFunction } from '../scenarios/module.ts'
import type { IterationRunner, IterationStart, RunningIteration } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { ModuleRun } from './module-run.ts'

/** A scenario module, imported and ready. */
export interface LoadedModule {
  readonly run: ScenarioFunction
  readonly compiler: CallCompiler
  readonly params: unknown
}

/**
 * Imports a scenario module's bundle.
 * @throws LoadError `scenario-failed` when its default export is no function; whatever the module itself throws
 */
export async function loadModule(plan: ModuleScenarioPlan): Promise<LoadedModule> {
  const [imported, compiler] = await Promise.all([
    import(plan.bundle ?? plan.source) as Promise<{ default?: unknown }>,
    loadCallCompiler(),
  ])
  if (typeof imported.default !== 'function') {
    throw new LoadError(
      'scenario-failed',
      `${plan.source}: the default export is ${typeof imported.default}, takes a function`,
      {
        hint: 'export default defineScenario(async ({ http, params }) => { ... })',
      },
    )
  }
  return { run: imported.default as ScenarioFunction, compiler, params: plan.params }
}

/** Runs a scenario module once per iteration. What it throws, other than `RequestFailed`, is handed on. */
export class ModuleIterations implements IterationRunner {
  readonly #module: LoadedModule
  readonly #records: LoadRecords
  readonly #onScenarioError: (error: unknown) => void

  constructor(module: LoadedModule, records: LoadRecords, onScenarioError: (error: unknown) => void) {
    this.#module = module
    this.#records = records
    this.#onScenarioError = onScenarioError
  }

  start(iteration: IterationStart, ended: () => void): RunningIteration {
    const run = new ModuleRun(this.#module, this.#records, iteration)
    void run.run().then((error) => {
      if (error !== null) this.#onScenarioError(error.thrown)
      ended()
    })
    return run
  }
}
