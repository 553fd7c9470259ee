import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import type { PairSide } from '../domain/pairs.ts'
import { describe } from '../domain/quantity.ts'
import type { Scenario } from '../domain/scenario.ts'
import { isScenario } from '../plan/resolve-services.ts'
import type { Worktree } from './git-worktree.ts'
import type { RunningServer, ServerOptions } from './server-process.ts'

/** What is sent; a function of the server's address where that is known only when it runs. */
export type SideScenario = Scenario | ((server: RunningServer) => Scenario)

/**
 * What is compared: a scenario of a target that runs already, or how to start the target anew for every load. With `ref`
 * the command runs in a checkout of that commit: `{ ref: 'main', setup: 'npm ci', command: 'node server.js', ready: /on (\S+)/ }`.
 */
export type CompareSide = Scenario | StartedSide

/** A target that is started for every load and stopped after it; options as those of `server()`. */
export interface StartedSide extends ServerOptions {
  /** What is sent to it. @default `scenario` of the options */
  readonly scenario?: SideScenario
  /** Commit, branch or tag that is checked out for it, beside the working tree. @default the working tree itself */
  readonly ref?: string
  /** Command line that is run once in that checkout before the first load, such as `npm ci && npm run build`. */
  readonly setup?: string
  /** What it is called in the report. @default the ref with its commit, else the command */
  readonly name?: string
}

/** Effects of visiting a side. */
export interface SideEnvironment {
  start(options: ServerOptions): Promise<RunningServer>
  checkOut(ref: string, from: string): Promise<Worktree>
  /** @throws LoadError `server-failed` */
  setUp(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<unknown>
  /** Directory that the spec runs in. */
  readonly cwd: string
}

/** A side, ready to be loaded any number of times. */
export interface PreparedSide {
  readonly name: string
  /** Starts what is to be started, and stops it after `work`. */
  visit<Result>(work: (scenario: Scenario) => Promise<Result>): Promise<Result>
  /** Removes what was made for it. */
  remove(): Promise<void>
}

const OWN = z.looseObject({
  ref: z.string('takes a commit, a branch or a tag').trim().min(1).optional(),
  setup: z.string('takes a command line').trim().min(1).optional(),
  name: z.string('takes a text').trim().min(1).optional(),
})

/**
 * Checks a side and makes what it needs before its first load.
 * @throws LoadError `invalid-option`, `server-failed`
 */
export async function prepareSide(
  side: PairSide,
  given: unknown,
  common: SideScenario | undefined,
  environment: SideEnvironment,
): Promise<PreparedSide> {
  const where = `compare({ a, b }): ${side}`
  if (isScenario(given)) {
    return { name: side, visit: (work) => work(given), remove: () => Promise.resolve() }
  }
  if (typeof given !== 'object' || given === null || !('command' in given)) {
    throw new LoadError(
      'invalid-option',
      `${where}: got ${describe(given)}, takes a scenario, or { command, ready, scenario, ref? }`,
      { hint: "compare({ a: http.get(oldUrl), b: http.get(newUrl) }, { users: 4, duration: '5s' })" },
    )
  }
  const parsed = OWN.safeParse(given)
  if (!parsed.success) throw optionsError(where, parsed.error.issues, given)
  const { ref, setup, name, scenario = common, ...server } = given as StartedSide
  if (scenario === undefined || (!isScenario(scenario) && typeof scenario !== 'function')) {
    throw new LoadError(
      'invalid-option',
      `${where}: option scenario: got ${describe(scenario)}, takes a scenario, or a function of the server that makes one`,
      { hint: 'scenario: (server) => http.get(server.url)' },
    )
  }
  if (setup !== undefined && ref === undefined) {
    throw new LoadError('invalid-option', `${where}: option setup: takes a ref beside it, which it is run in`, {
      hint: 'the working tree is yours: build it before',
    })
  }
  const tree = ref === undefined ? null : await environment.checkOut(ref, environment.cwd)
  const base = tree?.directory ?? environment.cwd
  const cwd = server.cwd === undefined ? base : resolve(base, server.cwd)
  try {
    if (!existsSync(cwd)) {
      const there = ref === undefined ? '' : ` at ${ref}`
      throw new LoadError('invalid-option', `${where}: option cwd: there is no directory ${cwd}${there}`)
    }
    if (setup !== undefined) await environment.setUp(setup, cwd, server.env ?? {})
  } catch (error) {
    await tree?.remove()
    throw error
  }
  return {
    name: name ?? (tree === null ? commandText(server.command) : `${ref} (${tree.commit})`),
    visit: async (work) => {
      const running = await environment.start({ ...server, cwd })
      try {
        return await work(typeof scenario === 'function' ? scenario(running) : scenario)
      } finally {
        await running.stop()
      }
    },
    remove: () => tree?.remove() ?? Promise.resolve(),
  }
}

function commandText(command: ServerOptions['command']): string {
  return typeof command === 'string' ? command : command.join(' ')
}
