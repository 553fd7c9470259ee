import type { Observation, RequestFailure, TokenSource } from '../domain/observation.ts'
import { type Duration, requireDurationUs } from '../domain/quantity.ts'
import type { PreparedCall } from '../scenarios/exchange.ts'
import { type ModelResponse, RequestFailed, type ScenarioContext, type ScenarioHttp } from '../scenarios/module.ts'
import type { HttpMethod } from '../domain/scenario.ts'
import type { IterationStart, RunningIteration } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import type { LoadedModule } from './module-iterations.ts'
import { RequestRun } from './request-run.ts'
import type { EndedRequest } from './series-recorder.ts'
import { TokenLedger } from './token-ledger.ts'
import { STOPPED } from './transport-failure.ts'

const LONGEST_DETAIL = 40

/** How the scenario function ended. */
type Outcome = { readonly failure: RequestFailure | null } | { readonly thrown: unknown }

/** A request of the iteration that has ended. */
interface Call {
  readonly run: RequestRun
  readonly request: EndedRequest
  readonly tokens: TokenLedger
}

/**
 * One iteration of a scenario module: its context, its requests and its own observation, which lasts from the intended
 * start to the end of the function. Its tokens and bytes are those of its requests; TTFT, TPOT and gaps are those of
 * its first good streaming request.
 */
export class ModuleRun implements RunningIteration {
  readonly #module: LoadedModule
  readonly #records: LoadRecords
  readonly #start: IterationStart
  readonly #controller = new AbortController()
  readonly #running = new Set<RequestRun>()
  readonly #calls: Call[] = []
  #sentAt: number | null = null
  #over = false

  constructor(module: LoadedModule, records: LoadRecords, start: IterationStart) {
    this.#module = module
    this.#records = records
    this.#start = start
  }

  /** The requests that have ended, in the order of their ends. */
  get calls(): readonly Call[] {
    return this.#calls
  }

  /** Runs the function to its end or to the abort. @returns the scenario's own error, `null` when it has none; never rejects */
  async run(): Promise<{ readonly thrown: unknown } | null> {
    const { signal } = this.#controller
    const stopped = new Promise<Outcome>((resolve) => {
      signal.addEventListener('abort', () => resolve({ failure: STOPPED }), { once: true })
    })
    const outcome = await Promise.race([stopped, this.#callFunction()])
    this.#over = true
    // Requests that the function did not wait for belong to no later iteration.
    for (const request of this.#running) request.abort()
    if (!signal.aborted) this.#controller.abort()
    if ('thrown' in outcome) return outcome
    this.#record(outcome.failure)
    return null
  }

  abort(): void {
    this.#controller.abort()
  }

  async #callFunction(): Promise<Outcome> {
    try {
      await this.#module.run(this.#context())
      return { failure: null }
    } catch (thrown) {
      return thrown instanceof RequestFailed ? { failure: thrown.failure } : { thrown }
    }
  }

  #context(): ScenarioContext {
    const { compiler, params } = this.#module
    const { k, user } = this.#start
    const method =
      (name: HttpMethod): ScenarioHttp['get'] =>
      (url, options) =>
        this.#send(() => compiler.http(name, url, options))
    return {
      params,
      user,
      iteration: k,
      http: {
        get: method('GET'),
        post: method('POST'),
        put: method('PUT'),
        patch: method('PATCH'),
        delete: method('DELETE'),
        head: method('HEAD'),
        options: method('OPTIONS'),
      },
      openai: {
        chat: (options) => this.#send(() => compiler.chat(options)),
        completion: (options) => this.#send(() => compiler.completion(options)),
      },
      check: (condition, message) => {
        if (!condition) throw new RequestFailed({ kind: 'check', detail: message.slice(0, LONGEST_DETAIL), message })
      },
      sleep: (duration) => this.#sleep(duration),
      signal: this.#controller.signal,
    }
  }

  #send(compile: () => PreparedCall): Promise<ModelResponse> {
    const answer = new Promise<ModelResponse>((resolve, reject) => {
      if (this.#over || this.#controller.signal.aborted) return reject(new RequestFailed(STOPPED))
      const call = compile()
      const { request: prepared, allowFailure } = call
      const { recorder, iterations, windowAt, now } = this.#records
      const series = recorder.series(prepared.name, 'request')
      const tokens = new TokenLedger([series, iterations], windowAt)
      const scheduledAt = now()
      const run: RequestRun = new RequestRun(
        {
          prepared,
          reader: (sink) => call.reader(sink),
          connections: this.#start.connections,
          scheduledAt,
          dispatchedAt: scheduledAt,
          now,
        },
        {
          sent: (atUs) => {
            series.sent(atUs)
            if (this.#sentAt !== null) return
            this.#sentAt = atUs
            iterations.sent(atUs)
          },
          bytes: (atUs, count) => {
            series.bytes(atUs, count)
            iterations.bytes(atUs, count)
          },
          delta: (atUs) => tokens.delta(atUs),
          ended: (request) => {
            const { failure } = request.observation
            this.#running.delete(run)
            tokens.settleWith(request.observation)
            series.ended(request)
            this.#calls.push({ run, request, tokens })
            const response = responseOf(run, request.observation)
            if (failure === null || allowFailure) resolve(response)
            else reject(new RequestFailed(failure, response))
          },
        },
      )
      this.#running.add(run)
      run.dispatch()
    })
    // A rejection that the function does not look at must not end the process.
    answer.catch(() => {})
    return answer
  }

  #sleep(duration: Duration): Promise<void> {
    const { signal } = this.#controller
    const pause = new Promise<void>((resolve, reject) => {
      const ms = requireDurationUs('sleep(duration)', duration) / 1e3
      const stop = (): void => {
        clearTimeout(timer)
        reject(new RequestFailed(STOPPED))
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, ms)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    pause.catch(() => {})
    return pause
  }

  #record(failure: RequestFailure | null): void {
    const { scheduledAt, dispatchedAt } = this.#start
    const observations = this.#calls.map(({ request }) => request.observation)
    const good = observations.filter((observation) => observation.failure === null)
    const stream = this.#calls.find(
      ({ request: { observation } }) => observation.failure === null && observation.firstDeltaAt !== null,
    )?.request
    const observation: Observation = {
      request: this.#records.iterations.request,
      scheduledAt,
      dispatchedAt,
      sentAt: this.#sentAt,
      firstByteAt: observations[0]?.firstByteAt ?? null,
      firstDeltaAt: null,
      firstVisibleAt: null,
      // The iteration ends with its function, not with a delta.
      lastDeltaAt: null,
      endedAt: this.#records.now(),
      deltas: 0,
      firstDeltaTokens: null,
      inputTokens: total(good.map(({ inputTokens }) => inputTokens)),
      outputTokens: total(good.map(({ outputTokens }) => outputTokens)),
      tokenSource: sourceOf(good),
      bytesReceived: observations.reduce((bytes, { bytesReceived }) => bytes + bytesReceived, 0),
      stages: observations.length === 1 ? observations[0]!.stages : null,
      failure,
    }
    if (failure !== null)
      for (const { request, tokens } of this.#calls)
        if (request.observation.failure === null) tokens.takeBack([this.#records.iterations])
    this.#records.iterationEnded({ observation, gaps: stream?.gaps ?? [] }, stream?.observation)
  }
}

function responseOf(
  { status, headers, reader }: RequestRun,
  { request, failure, inputTokens, outputTokens }: Observation,
): ModelResponse {
  const flat = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return {
    name: request,
    status,
    headers: Object.fromEntries(flat) as Record<string, string>,
    ok: failure === null,
    failure,
    content: reader.visibleText(),
    inputTokens,
    outputTokens,
    text: () => reader.text(),
    json: () => JSON.parse(reader.text()) as unknown,
  }
}

/** Sum of what is known; `null` when nothing is. */
function total(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null)
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}

/** An iteration's count is as good as its worst part. */
function sourceOf(observations: readonly Observation[]): TokenSource | null {
  const sources = observations.map(({ tokenSource }) => tokenSource)
  return sources.includes('estimated') ? 'estimated' : sources.includes('usage') ? 'usage' : null
}
