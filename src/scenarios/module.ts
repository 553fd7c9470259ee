import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { RequestFailure } from '../domain/observation.ts'
import { describe, type Duration } from '../domain/quantity.ts'
import type { ModuleScenarioPlan, Scenario } from '../domain/scenario.ts'
import type { HttpOptions } from './http.ts'
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

/** What a scenario module gets in each iteration. */
export interface ScenarioContext<Params = unknown> {
  /** The second argument of `scenario()`, as a copy. */
  readonly params: Params
  /** 0-based number of the user over all generators. */
  readonly user: number
  /** 0-based number of this iteration over all users. */
  readonly iteration: number
  readonly http: ScenarioHttp
  readonly openai: ScenarioOpenAi
  /** Fails the iteration with kind `check` and this message unless the condition is truthy. @throws RequestFailed */
  check(condition: unknown, message: string): void
  /** Pauses; the pause is part of the iteration's latency. Rejects when the load is stopped. */
  sleep(duration: Duration): Promise<void>
  /** Aborted when the load is stopped. */
  readonly signal: AbortSignal
}

/** The default export of a scenario module: one iteration of one user. */
export type ScenarioFunction<Params = unknown> = (context: ScenarioContext<Params>) => Promise<void> | void

/** Gives a scenario function its types: `export default defineScenario<{ baseUrl: string }>(async ({ http, params }) => ...)`. */
export function defineScenario<Params = unknown>(run: ScenarioFunction<Params>): ScenarioFunction<Params> {
  return run
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
