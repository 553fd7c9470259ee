import { LoadError } from '../domain/load-error.ts'
import type { ModuleScenarioPlan } from '../domain/scenario.ts'
import { type CallCompiler, loadCallCompiler } from '../scenarios/compile.ts'
import { type ScenarioFunction, type ScenarioHooks, scenarioHooks } from '../scenarios/module.ts'
import type { UserConnections } from './client/user-connections.ts'
import type { IterationRunner, IterationStart, RunningIteration, UserLife } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { ModuleRun } from './module-run.ts'
import { ModuleTask } from './module-task.ts'
import { RequestNames } from './request-names.ts'
import type { UserCookies } from './user-cookies.ts'
import type { UserSession } from './user-session.ts'

/** A scenario module, imported and ready. */
export interface LoadedModule {
  readonly run: ScenarioFunction
  readonly hooks: ScenarioHooks
  readonly compiler: CallCompiler
  readonly params: unknown
  readonly names: RequestNames
  /** An empty jar for one user; gives `null` where cookies are off. */
  readonly newCookies: () => UserCookies | null
}

/**
 * Imports a scenario module's bundle.
 * @param names of all that is counted in the load
 * @throws LoadError `scenario-failed` when its default export is no function; whatever the module itself throws
 */
export async function loadModule(
  plan: ModuleScenarioPlan,
  names: RequestNames = new RequestNames(),
): Promise<LoadedModule> {
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
  const run = imported.default as ScenarioFunction
  const hooks = scenarioHooks(run)
  return { run, hooks, compiler, params: plan.params, names, newCookies: await cookieMaker(hooks) }
}

/** The library of cookies takes its time to load: only who keeps some waits for it. */
async function cookieMaker({ cookies = true }: ScenarioHooks): Promise<() => UserCookies | null> {
  if (!cookies) return () => null
  const { UserCookies } = await import('./user-cookies.ts')
  return () => new UserCookies()
}

/** A user of a module that has done nothing yet. */
export function newSession(module: LoadedModule, user: number, connections: UserConnections): UserSession {
  return { user, connections, cookies: module.newCookies(), state: {}, iterations: 0, failure: null }
}

/**
 * Runs a scenario module once per iteration, for users that keep a session between theirs. What it throws, other than
 * `RequestFailed`, is handed on.
 */
export class ModuleIterations implements IterationRunner, UserLife {
  readonly users: UserLife = this
  readonly #module: LoadedModule
  readonly #records: LoadRecords
  readonly #onScenarioError: (error: unknown) => void
  readonly #sessions = new Map<number, UserSession>()

  constructor(module: LoadedModule, records: LoadRecords, onScenarioError: (error: unknown) => void) {
    this.#module = module
    this.#records = records
    this.#onScenarioError = onScenarioError
  }

  start(iteration: IterationStart, ended: () => void): RunningIteration {
    const session = this.#session(iteration.user, iteration.connections)
    const run = new ModuleRun(this.#module, this.#records, iteration, session)
    const { failure } = session
    if (failure !== null) {
      // A user that could not start has a failed iteration in place of one: no load gets lighter because logins fail.
      this.#sessions.delete(iteration.user)
      run.record(failure)
      ended()
      return run
    }
    void run.run().then((error) => {
      if (error !== null) this.#onScenarioError(error.thrown)
      ended()
    })
    return run
  }

  mustEnter(user: number): boolean {
    return this.#module.hooks.onStart !== undefined && !this.#sessions.has(user)
  }

  enter(user: number, connections: UserConnections, entered: () => void): RunningIteration {
    const session = this.#session(user, connections)
    return this.#runHook(session, this.#module.hooks.onStart, (failure) => {
      session.failure = failure
      entered()
    })
  }

  leave(user: number, left: () => void): RunningIteration | null {
    const session = this.#sessions.get(user)
    this.#sessions.delete(user)
    const { onStop } = this.#module.hooks
    if (onStop === undefined || session === undefined || session.failure !== null) return null
    return this.#runHook(session, onStop, (failure) => {
      // It is no iteration's, so nothing else tells of it.
      if (failure !== null) this.#records.recorder.error(this.#records.iterations.request, failure)
      left()
    })
  }

  get present(): readonly number[] {
    return [...this.#sessions.keys()]
  }

  #session(user: number, connections: UserConnections): UserSession {
    let session = this.#sessions.get(user)
    if (session === undefined) this.#sessions.set(user, (session = newSession(this.#module, user, connections)))
    return session
  }

  #runHook(
    session: UserSession,
    hook: ScenarioHooks['onStart'],
    ended: (failure: UserSession['failure']) => void,
  ): RunningIteration {
    const task = new ModuleTask(this.#module, this.#records, session, null)
    void task
      .run((context) => hook?.(context))
      .then((outcome) => {
        if ('thrown' in outcome) this.#onScenarioError(outcome.thrown)
        ended('thrown' in outcome ? null : outcome.failure)
      })
    return task
  }
}
