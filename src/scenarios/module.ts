import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { RequestFailure } from '../domain/observation.ts'
import { describe, type Duration } from '../domain/quantity.ts'
import type { ModuleScenarioPlan, Scenario } from '../domain/scenario.ts'
import type { HttpOptions } from './http.ts'
import type { ChatMessage } from './model-options.ts'
import type { ToolCall } from './tool-calls.ts'
import { parseOptions, requestFields } from './request-options.ts'
import type { ChatOptions, CompletionOptions } from './openai.ts'

/** What every call inside a scenario module takes beside the options of its kind. */
export interface CallOptions {
  /** Give back the response of a failed request instead of rejecting. The request still counts as failed. @default false */
  readonly allowFailure?: boolean
}

/** Options of one HTTP call inside a scenario module; nothing in them is a template. */
export type HttpCallOptions = Omit<HttpOptions, 'data' | 'dataOrder'> & CallOptions
export type ChatCallOptions = Omit<ChatOptions, 'data' | 'dataOrder'> & CallOptions
export type CompletionCallOptions = Omit<CompletionOptions, 'data' | 'dataOrder'> & CallOptions

/** The answer to one call inside a scenario module, complete. */
export interface ScenarioResponse {
  /** Name under which the request is counted. */
  readonly name: string
  /** 0 when no response head arrived (`allowFailure` only). */
  readonly status: number
  /** Names in lower case; several lines of one name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** True when the request counts as good: transport, status and checks. */
  readonly ok: boolean
  /** Why it is not `ok`; `null` when it is. */
  readonly failure: RequestFailure | null
  /** The body as text. */
  text(): string
  /** The body as JSON. @throws SyntaxError when it is none */
  json(): unknown
}

/** The answer of a language model. */
export interface ModelResponse extends ScenarioResponse {
  /** The visible generated text (no reasoning, no tool calls), streamed or not; what a next turn sends back. */
  readonly content: string
  /** Functions that the model wants called, in a chat; empty without any. */
  readonly toolCalls: readonly ToolCall[]
  /** The answer as a message of the next request of a chat, with its calls. */
  readonly message: ChatMessage
  readonly inputTokens: number | null
  readonly outputTokens: number | null
}

type HttpCall = (url: string, options?: HttpCallOptions) => Promise<ScenarioResponse>

/** HTTP requests of a scenario module. Each rejects with {@link RequestFailed} unless `allowFailure` is set. */
export interface ScenarioHttp {
  readonly get: HttpCall
  readonly post: HttpCall
  readonly put: HttpCall
  readonly patch: HttpCall
  readonly delete: HttpCall
  readonly head: HttpCall
  readonly options: HttpCall
}

/** Requests to an OpenAI-compatible server. Each rejects with {@link RequestFailed} unless `allowFailure` is set. */
export interface ScenarioOpenAi {
  chat(options: ChatCallOptions): Promise<ModelResponse>
  completion(options: CompletionCallOptions): Promise<ModelResponse>
}

/** The cookies of one user: those that answers set are sent again by the rules of browsers, with or without these calls. */
export interface ScenarioCookies {
  /** Values by name of what would be sent to this URL. */
  get(url: string): Readonly<Record<string, string>>
  /** Keeps a cookie as if a server at this URL had set it: `set(url, 'session=abc; Path=/')`. @throws LoadError `invalid-option` */
  set(url: string, cookie: string): void
  /** Forgets all of them. */
  clear(): void
}

/** Named checks of a value; each says whether it holds. */
export type ScenarioChecks<Value> = Readonly<Record<string, (value: Value) => unknown>>

/** What a scenario module keeps for one user unless it names its own type. */
type AnyState = Record<string, unknown>

/** What the functions of a scenario module get. */
export interface UserContext<Params = unknown, State extends object = AnyState> {
  /** The second argument of `scenario()`, as a copy. */
  readonly params: Params
  /** 0-based number of the user over all generators. */
  readonly user: number
  /** The user's own from its first iteration to its last; empty at first, and again when it leaves and comes back. */
  readonly state: State
  /** Kept like `state`. */
  readonly cookies: ScenarioCookies
  readonly http: ScenarioHttp
  readonly openai: ScenarioOpenAi
  /**
   * A named part of an iteration, counted like a request of this name that lasts as long as `work`. A failure that leaves
   * `work` fails the step. @returns what `work` gives @throws what `work` throws
   */
  readonly step: <Result>(name: string, work: () => Promise<Result> | Result) => Promise<Result>
  /**
   * A part of the iteration's latency under this name, for `run.stage(name)`: `stage('clone', () => http.post(...))`. A path
   * is a part of a part: `stage('clone/encode', ...)`. One name used again adds up. @returns what `work` gives @throws what
   * `work` throws; LoadError `invalid-option`
   */
  readonly stage: <Result>(name: string, work: () => Promise<Result> | Result) => Promise<Result>
  /** The time since the mark before, or since the iteration's function began, is the stage of this name. @throws LoadError `invalid-option` */
  readonly mark: (name: string) => void
  /**
   * Tries all checks on a value and counts each under its name, for `run.check(name)`. When some do not hold, the
   * iteration fails with kind `check` and the first one's name; a check that throws does not hold.
   * @throws RequestFailed
   */
  readonly checks: <Value>(value: Value, checks: ScenarioChecks<Value>) => void
  /** Fails the iteration with kind `check` and this message unless the condition is truthy. @throws RequestFailed */
  readonly check: (condition: unknown, message: string) => void
  /** Pauses; the pause is part of the iteration's latency. Rejects when the load is stopped. */
  readonly sleep: (duration: Duration) => Promise<void>
  /** Aborted when the load is stopped. */
  readonly signal: AbortSignal
}

/** What a scenario module gets in each iteration. */
export interface ScenarioContext<Params = unknown, State extends object = AnyState> extends UserContext<Params, State> {
  /** 0-based number of this iteration over all users; in a mix, over those of this scenario. */
  readonly iteration: number
  /** 0-based number of this iteration among those of its user. */
  readonly iterationOfUser: number
}

/** The default export of a scenario module: one iteration of one user. */
export type ScenarioFunction<Params = unknown, State extends object = AnyState> = (
  context: ScenarioContext<Params, State>,
) => Promise<void> | void

/** What a user does around its iterations, and whether it keeps cookies. */
export interface ScenarioHooks<Params = unknown, State extends object = AnyState> {
  /**
   * Before the user's first iteration, e.g. a login. Its requests and steps are counted under their names; it is no
   * iteration, and on user profiles its time is part of none. On arrival profiles an arrival that needs a new user waits
   * for it, and its latency says so: let a warm-up bring the users to work. When it fails, the user has a failed iteration
   * in place of one, and starts anew before the next.
   */
  readonly onStart?: (context: UserContext<Params, State>) => Promise<void> | void
  /** After the user's last iteration: when it leaves, or when the load has ended, as long as `gracefulStop` allows. */
  readonly onStop?: (context: UserContext<Params, State>) => Promise<void> | void
  /** Whether each user keeps the cookies that answers set, and sends them again. @default true */
  readonly cookies?: boolean
}

/** Marks the hooks of a scenario function in every copy of this package. */
const HOOKS = Symbol.for('vitest-perf.ScenarioHooks')

/** A schema, not a type, of functions: they are called with what they are to get. */
const hook = z.custom<() => void>((input) => typeof input === 'function', 'takes a function').optional()
const HOOKS_SCHEMA = z.strictObject(
  { onStart: hook, onStop: hook, cookies: z.boolean('takes true or false').optional() },
  'takes { onStart, onStop, cookies }',
)

/**
 * Gives a scenario function its types and what its users do around their iterations:
 * `export default defineScenario<{ baseUrl: string }>(async ({ http, params }) => ..., { onStart: login })`.
 * @throws LoadError `invalid-option`
 */
export function defineScenario<Params = unknown, State extends object = AnyState>(
  run: ScenarioFunction<Params, State>,
  hooks: ScenarioHooks<Params, State> = {},
): ScenarioFunction<Params, State> {
  parseOptions('defineScenario(run, hooks)', HOOKS_SCHEMA, hooks)
  return Object.defineProperty(run, HOOKS, { value: hooks, configurable: true })
}

/** What was given to {@link defineScenario} beside the function. */
export function scenarioHooks(run: ScenarioFunction): ScenarioHooks {
  return (run as { readonly [HOOKS]?: ScenarioHooks })[HOOKS] ?? {}
}

/** Marks {@link RequestFailed} in every copy of this package: bundles and generators may hold different ones. */
const FAILED = Symbol.for('vitest-perf.RequestFailed')

/**
 * A failed request or check inside a scenario module. When it leaves the scenario function, the iteration counts as
 * failed with its `failure` and the load goes on; any other thrown value stops the load.
 */
export class RequestFailed extends Error {
  override readonly name: string = 'RequestFailed'
  readonly failure: RequestFailure
  /** The answer as far as it arrived; `null` for `check()`. */
  readonly response: ScenarioResponse | null

  constructor(failure: RequestFailure, response: ScenarioResponse | null = null) {
    super(failure.message)
    this.failure = failure
    this.response = response
    Object.defineProperty(this, FAILED, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && FAILED in value
  }
}

/** Options of a scenario module. */
export interface ModuleOptions {
  /** Name under which its iterations are counted, and which the parts of a mix must not share. @default the file's name */
  readonly name?: string
}

const MODULE_OPTIONS = z.strictObject({ name: requestFields.name }, 'takes { name }')

/**
 * A scenario written as code: a module whose default export is one iteration. Generators import it in their own
 * processes, so nothing of the spec's scope travels with it but `params`.
 * @param source `new URL('./checkout.scenario.ts', import.meta.url)`
 * @param params data for the module: anything that `structuredClone` takes, no functions
 * @throws LoadError `invalid-option` when there is no such file, the parameters cannot travel or an option is wrong
 */
export function scenario(source: URL | string, params?: unknown, options: ModuleOptions = {}): Scenario {
  const url = moduleUrl(source)
  const parsed = parseOptions('scenario(source, params, options)', MODULE_OPTIONS, options) as ModuleOptions
  const name = parsed.name ?? basename(fileURLToPath(url)).replace(/(\.scenario)?\.[cm]?[jt]sx?$/, '')
  const copyParams = (): unknown => cloneParams(params)
  copyParams()
  return {
    name,
    plan: (): ModuleScenarioPlan => ({ kind: 'module', name, source: url.href, params: copyParams(), bundle: null }),
  }
}

const SOURCE_FORM = "takes the file URL of a module, e.g. new URL('./checkout.scenario.ts', import.meta.url)"

function moduleUrl(source: unknown): URL {
  const text = source instanceof URL ? source.href : source
  if (typeof text !== 'string' || !text.startsWith('file:') || !URL.canParse(text)) {
    throw new LoadError('invalid-option', `scenario(source, params): source: got ${describe(text)}, ${SOURCE_FORM}`)
  }
  const url = new URL(text)
  if (statSync(url, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new LoadError('invalid-option', `scenario(source, params): source: no such file: ${fileURLToPath(url)}`, {
      hint: `it ${SOURCE_FORM}`,
    })
  }
  return url
}

function cloneParams(params: unknown): unknown {
  try {
    return structuredClone(params)
  } catch (cause) {
    const culprit = findUncloneable(params, 'params', new Set())
    const what = culprit === null ? 'params cannot be copied' : `${culprit.path}: got ${culprit.what}`
    throw new LoadError(
      'invalid-option',
      `scenario(source, params): ${what}, takes data that structuredClone can copy: the scenario runs in other processes`,
      { hint: 'write functions in the scenario module itself and pass the values that they need as params', cause },
    )
  }
}

/** The first function or symbol in the parameters, with the path to it. */
function findUncloneable(value: unknown, path: string, seen: Set<object>): { path: string; what: string } | null {
  if (typeof value === 'function') return { path, what: 'a function' }
  if (typeof value === 'symbol') return { path, what: 'a symbol' }
  if (typeof value !== 'object' || value === null || seen.has(value)) return null
  seen.add(value)
  for (const [key, inner] of Object.entries(value)) {
    const found = findUncloneable(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, seen)
    if (found) return found
  }
  return null
}
