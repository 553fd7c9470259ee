import type { HttpMethod, HttpScenarioPlan, OpenAiScenarioPlan } from '../domain/scenario.ts'
import type { DeltaSink, PreparedCall, PreparedRequest, RequestScenario, ResponseReader } from './exchange.ts'
import { httpCallPlan } from './http.ts'
import { openAiCallPlan } from './openai.ts'
import { openAiReaders } from './openai-reader.ts'
import { plainReaders } from './plain-reader.ts'
import { compileRequest, type RenderedRequest, rowsOf } from './request-plan.ts'
import { loadTokenCounter, type TokenCounter } from './token-counter.ts'

type SingleRequestPlan = HttpScenarioPlan | OpenAiScenarioPlan
type Readers = (sink: DeltaSink, keepBytes: number) => ResponseReader

/** Most bytes of rendered bodies that are kept for the next time their row comes up, and of a body kept for a module. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024

/**
 * Makes a plan ready to run: templates compiled, readers built, the tokenizer loaded where it may be needed. A request
 * without templates is made once; rendered rows are kept (up to 64 MiB), so a row costs its rendering only once.
 * `prepare` throws a LoadError `invalid-option` for a row beyond the first 1,000 that the templates do not fit.
 */
export async function compileScenario(plan: SingleRequestPlan): Promise<RequestScenario> {
  const readers = readersOf(plan, plan.kind === 'openai' ? await loadTokenCounter() : noTokens)
  return { prepare: preparer(plan), reader: (sink, keepBytes = 0) => readers(sink, keepBytes) }
}

/** Makes the calls of a scenario module ready to be sent. Each throws a LoadError `invalid-option` for wrong options. */
export interface CallCompiler {
  http(method: HttpMethod, url: string, options: unknown): PreparedCall
  chat(options: unknown): PreparedCall
  completion(options: unknown): PreparedCall
}

/** Loads what calls need, once per generator. */
export async function loadCallCompiler(): Promise<CallCompiler> {
  const countTokens = await loadTokenCounter()
  const call = (plan: SingleRequestPlan, options: unknown): PreparedCall => {
    const readers = readersOf(plan, countTokens)
    return {
      request: preparer(plan)(0),
      reader: (sink) => readers(sink, MAX_KEPT_BYTES),
      allowFailure: (options as { readonly allowFailure?: boolean } | undefined)?.allowFailure === true,
    }
  }
  return {
    http: (method, url, options) => call(httpCallPlan(method, url, options), options),
    chat: (options) => call(openAiCallPlan('chat', options), options),
    completion: (options) => call(openAiCallPlan('completion', options), options),
  }
}

function readersOf(plan: SingleRequestPlan, countTokens: TokenCounter): Readers {
  if (plan.kind === 'openai') return openAiReaders(plan, countTokens)
  const readers = plainReaders(plan)
  return (_sink, keepBytes) => readers(keepBytes)
}

const noTokens: TokenCounter = () => 0

function preparer(plan: SingleRequestPlan): (k: number) => PreparedRequest {
  const rows = rowsOf(plan)
  const render = compileRequest(`scenario '${plan.name}'`, plan)
  const kept: PreparedRequest[] = []
  let keptBytes = 0
  return (k) => {
    const i = k % rows.length
    const known = kept[i]
    if (known !== undefined) return known
    const request = prepared(plan, render(rows[i]!, i))
    keptBytes += request.body?.length ?? 0
    if (keptBytes <= MAX_KEPT_BYTES) kept[i] = request
    return request
  }
}

function prepared(plan: SingleRequestPlan, { target, headers, body }: RenderedRequest): PreparedRequest {
  return {
    name: plan.name,
    method: plan.method,
    origin: target.origin,
    path: target.path,
    headers,
    body,
    timeout: plan.timeout,
    maxRedirects: plan.maxRedirects,
    transport: plan.transport,
  }
}
