import { LoadError } from '../domain/load-error.ts'
import type {
  HttpMethod,
  HttpScenarioPlan,
  ModelScenarioPlan,
  RequestPlan,
  SpeechScenarioPlan,
  TranscriptionScenarioPlan,
  WebSocketScenarioPlan,
} from '../domain/scenario.ts'
import { type Random, seededRandom } from '../domain/random.ts'
import type { DeltaSink, PreparedCall, PreparedRequest, RequestScenario, ResponseReader } from './exchange.ts'
import { httpCallPlan } from './http.ts'
import { openAiCallPlan } from './openai.ts'
import { modelReaders } from './model-reader.ts'
import { plainReaders } from './plain-reader.ts'
import { liveRow } from './live-values.ts'
import { audioInput } from './audio-input.ts'
import type { DataRow } from './data.ts'
import { speechReaders } from './speech-reader.ts'
import { transcriptionReaders } from './transcription-reader.ts'
import { withNumbers } from './numbers-reader.ts'
import { makeBytes } from './request-bytes.ts'
import { saltedRow } from './prompts/salt.ts'
import { compileClass } from './prompt-class.ts'
import { compileRequest, isLive, type RenderedRequest, rowsOf } from './request-plan.ts'
import { loadTokenCounter, type TokenCounter } from './token-counter.ts'
import { keptTransportPlans } from './transport-options.ts'
import { KeptFiles, type UploadFiles } from './upload-files.ts'

type SingleRequestPlan = HttpScenarioPlan | ModelScenarioPlan | SpeechScenarioPlan | TranscriptionScenarioPlan
/** Index of the row for request k of the whole load, sent by this user. */
export type RowOrder = (k: number, user: number) => number

/** The random numbers of request k, for what it draws. */
export type Draws = (k: number) => Random

type Readers = (sink: DeltaSink, keepBytes: number, request: PreparedRequest | undefined) => ResponseReader

/** Most bytes of rendered bodies that are kept for the next time their row comes up, and of a body kept for a module. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024

/**
 * Makes a plan ready to run: templates compiled, readers built, the tokenizer loaded where it may be needed. A request
 * without templates is made once; rendered rows are kept (up to 64 MiB), so a row costs its rendering only once unless
 * something in it changes with each request. `prepare` throws a LoadError `invalid-option` for a row beyond the first
 * 1,000 that the templates do not fit.
 * @param rowOf which row request k of a user takes, of those that there are. @default in turn
 * @param draws random numbers of request k. @default those of seed 0
 * @throws LoadError `invalid-option` when the file of the data is not what the plan was made from
 */
export async function compileScenario(
  plan: SingleRequestPlan,
  rowOf?: RowOrder,
  draws?: Draws,
): Promise<RequestScenario> {
  const readers = await loadReaders(plan)
  return {
    ...preparer(plan, new KeptFiles(), rowOf, draws),
    reader: (sink, keepBytes = 0, request) => readers(sink, keepBytes, request),
  }
}

/** Makes the opening requests of WebSockets, as {@link compileScenario} does it for others. */
export function compileWebSocket(
  plan: WebSocketScenarioPlan,
  rowOf?: RowOrder,
  draws?: Draws,
): RequestScenario['prepare'] {
  return preparer(plan, new KeptFiles(), rowOf, draws).prepare
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
  const files = new KeptFiles()
  const transport = keptTransportPlans()
  const call = (plan: SingleRequestPlan, options: unknown): PreparedCall => {
    const readers = readersOf(plan, countTokens)
    const request = preparer(plan, files).prepare(0)
    return {
      request,
      reader: (sink) => readers(sink, MAX_KEPT_BYTES, request),
      allowFailure: (options as { readonly allowFailure?: boolean } | undefined)?.allowFailure === true,
    }
  }
  return {
    http: (method, url, options) => call(httpCallPlan(method, url, options, transport), options),
    chat: (options) => call(openAiCallPlan('chat', options, transport), options),
    completion: (options) => call(openAiCallPlan('completion', options, transport), options),
  }
}

/** Readers of a plan's answers, with the tokenizer where it may be needed. */
export async function loadReaders(plan: SingleRequestPlan): Promise<Readers> {
  return readersOf(plan, plan.kind === 'model' ? await loadTokenCounter() : noTokens)
}

function readersOf(plan: SingleRequestPlan, countTokens: TokenCounter): Readers {
  const readers = plainReadersOf(plan, countTokens)
  return (sink, keepBytes, request) => withNumbers(plan, readers(sink, keepBytes, request))
}

function plainReadersOf(plan: SingleRequestPlan, countTokens: TokenCounter): Readers {
  if (plan.kind === 'model') return modelReaders(plan, countTokens)
  if (plan.kind === 'speech' || plan.kind === 'transcription') {
    const audio = plan.kind === 'speech' ? speechReaders(plan) : transcriptionReaders(plan)
    return (_sink, _keepBytes, request) => audio(request)
  }
  const readers = plainReaders(plan)
  return (_sink, keepBytes) => readers(keepBytes)
}

const noTokens: TokenCounter = () => 0

function preparer(
  plan: SingleRequestPlan | WebSocketScenarioPlan,
  files: UploadFiles,
  rowOf?: RowOrder,
  draws: Draws = (k) => seededRandom(0, k),
): Pick<RequestScenario, 'prepare' | 'classOf'> {
  const where = `scenario '${plan.name}'`
  const rows = rowsOf(where, plan)
  const order = rowOf ?? ((k: number) => k % rows.length)
  const indexOf = (k: number, user: number): number => (rows.length === 1 ? 0 : order(k, user))
  const classOfRow = plan.promptClass === undefined ? null : compileClass(where, plan.promptClass)
  const render = compileRequest(where, plan, files)
  const live = isLive(plan)
  const salt = plan.prompts?.salt ?? null
  const input = plan.kind === 'speech' || plan.kind === 'transcription' ? audioInput(where, plan) : null
  const make = (row: DataRow, i: number, random?: Random): PreparedRequest => {
    const facts: PromptFacts = {
      ...(classOfRow === null ? {} : { promptClass: classOfRow(row, i) }),
      ...(plan.prompts === undefined ? {} : { promptTokens: Number(row[plan.prompts.lengthColumn]) }),
    }
    const request = preparedRequest(plan, render(row, i, random), facts)
    return input === null ? request : { ...request, input: input(row, i) }
  }
  const kept: PreparedRequest[] = []
  let keptBytes = 0
  const prepare: RequestScenario['prepare'] = (k, user = 0) => {
    const i = indexOf(k, user)
    const known = live ? undefined : kept[i]
    if (known !== undefined) return known
    const row = rows[i]
    if (row === undefined) {
      throw new LoadError(
        'scenario-failed',
        `${where}: there is no row ${i} for user ${user}: the data has ${rows.length} rows`,
      )
    }
    if (live) return make(liveRow(where, salt === null ? row : saltedRow(row, salt), i, k, user), i, draws(k))
    const request = make(row, i)
    keptBytes += Buffer.isBuffer(request.body) ? request.body.length : 0
    if (keptBytes <= MAX_KEPT_BYTES) {
      kept[i] = request
      if (request.transport.client === 'wire') keptBytes += makeBytes(request)
    }
    return request
  }
  // No order in which the user matters has classes: who would have sent an arrival that was not is not known.
  const classOf = classOfRow === null ? null : (k: number) => classOfRow(rows[indexOf(k, 0)]!, indexOf(k, 0))
  return { prepare, classOf }
}

/** What is known of a request's prompt beside its text. */
type PromptFacts = Pick<PreparedRequest, 'promptClass' | 'promptTokens'>

/** A rendered request with what its plan says of all. */
export function preparedRequest(
  plan: RequestPlan,
  { target, headers, body }: RenderedRequest,
  facts: PromptFacts,
): PreparedRequest {
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
    ...(plan.check?.minTimeUs === undefined ? {} : { minTimeUs: plan.check.minTimeUs }),
    ...facts,
  }
}
