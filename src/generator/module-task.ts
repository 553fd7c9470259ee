import type { Observation, RequestFailure } from '../domain/observation.ts'
import { type Duration, requireDurationUs } from '../domain/quantity.ts'
import type { HttpMethod } from '../domain/scenario.ts'
import type { PreparedCall } from '../scenarios/exchange.ts'
import { type ModelResponse, RequestFailed, type ScenarioHttp, type UserContext } from '../scenarios/module.ts'
import type { RunningIteration } from './iterations.ts'
import { type IterationSeries, JointSeries } from './joint-series.ts'
import type { LoadRecords } from './load-records.ts'
import type { LoadedModule } from './module-iterations.ts'
import { responseOf } from './module-response.ts'
import { MarkedStages } from './marked-stages.ts'
import { LONGEST_DETAIL, runChecks } from './named-checks.ts'
import { RequestRun } from './request-run.ts'
import { RunningSteps } from './running-steps.ts'
import type { EndedRequest } from './series-recorder.ts'
import { TokenLedger } from './token-ledger.ts'
import { STOPPED } from './transport-failure.ts'
import type { UserSession } from './user-session.ts'

/** How a function of a scenario module ended: well, with a failed request or check, or with an error of its own. */
export type TaskOutcome = { readonly failure: RequestFailure | null } | { readonly thrown: unknown }

/** A request of a task that has ended. */
interface Call {
  readonly run: RequestRun
  readonly request: EndedRequest
  readonly tokens: TokenLedger
}

/** One call of a function of a scenario module: what the function may use, its requests, steps and checks. */
export class ModuleTask implements RunningIteration {
  /** Requests that have ended, in the order of their ends. */
  readonly calls: Call[] = []
  /** When the first request was sent; `null` before. */
  sentAt: number | null = null
  readonly #module: LoadedModule
  readonly #records: LoadRecords
  readonly #session: UserSession
  /** Whose events the requests are beside their own names'. */
  readonly #iterations: IterationSeries | null
  /** When the iteration was due: its checks count where it counts. */
  readonly #scheduledAt: number
  readonly #steps: RunningSteps
  readonly #marks: MarkedStages
  readonly #controller = new AbortController()
  readonly #running = new Set<RequestRun>()
  #over = false

  /** @param iteration `null` for what is no iteration: `onStart`, `onStop` */
  constructor(
    module: LoadedModule,
    records: LoadRecords,
    session: UserSession,
    iteration: { readonly scheduledAt: number } | null,
  ) {
    this.#module = module
    this.#records = records
    this.#session = session
    this.#iterations = iteration === null ? null : records.iterations
    this.#scheduledAt = iteration?.scheduledAt ?? records.now()
    this.#steps = new RunningSteps(records, module.names)
    this.#marks = new MarkedStages(records.now)
  }

  /** Runs a function to its end or to the abort; never rejects. */
  async run(work: (context: UserContext) => Promise<void> | void): Promise<TaskOutcome> {
    const { signal } = this.#controller
    const stopped = new Promise<TaskOutcome>((resolve) => {
      signal.addEventListener('abort', () => resolve({ failure: STOPPED }), { once: true })
    })
    const outcome = await Promise.race([stopped, this.#call(work)])
    this.#over = true
    // Requests and steps that the function did not wait for belong to no later iteration.
    for (const request of this.#running) request.abort()
    this.#steps.close(STOPPED)
    if (!signal.aborted) this.#controller.abort()
    return outcome
  }

  abort(): void {
    this.#controller.abort()
  }

  /** Stages of the iteration: those that it marked, with the parts of them that its requests tell. */
  stagesWith(requests: readonly Observation[]): Observation['stages'] {
    return this.#marks.with(requests.map(({ stages }) => stages))
  }

  async #call(work: (context: UserContext) => Promise<void> | void): Promise<TaskOutcome> {
    try {
      await work(this.#context())
      return { failure: null }
    } catch (thrown) {
      return thrown instanceof RequestFailed ? { failure: thrown.failure } : { thrown }
    }
  }

  #context(): UserContext {
    const { compiler, params } = this.#module
    const { user, state, cookies } = this.#session
    const { recorder } = this.#records
    const method =
      (name: HttpMethod): ScenarioHttp['get'] =>
      (url, options) =>
        this.#send(() => compiler.http(name, url, options))
    return {
      params,
      user,
      state,
      cookies: cookies ?? NO_COOKIES,
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
      mark: (name) => this.#marks.mark(name),
      stage: (name, work) => quietly(this.#marks.run(name, work)),
      step: (name, work) => quietly(this.#steps.run(name, work)),
      check: (condition, message) => {
        if (!condition) throw new RequestFailed({ kind: 'check', detail: message.slice(0, LONGEST_DETAIL), message })
      },
      checks: (value, checks) =>
        runChecks(value, checks, (name, passed) => recorder.check(name, this.#scheduledAt, passed)),
      sleep: (duration) => this.#sleep(duration),
      signal: this.#controller.signal,
    }
  }

  #send(compile: () => PreparedCall): Promise<ModelResponse> {
    return quietly(
      new Promise<ModelResponse>((resolve, reject) => {
        if (this.#over || this.#controller.signal.aborted) return reject(new RequestFailed(STOPPED))
        const call = compile()
        const { request: prepared, allowFailure } = call
        this.#module.names.claim(prepared.name, 'request')
        const { recorder, limits, now } = this.#records
        const iterations = this.#iterations
        const named = recorder.series(prepared.name, 'request')
        const { promptClass } = prepared
        const series = promptClass === undefined ? named : new JointSeries(named, recorder.series(promptClass, 'class'))
        const tokens = new TokenLedger(
          iterations === null ? [series] : [series, iterations],
          recorder.creditOf(this.#scheduledAt),
        )
        const scheduledAt = now()
        const { connections, cookies } = this.#session
        const run: RequestRun = new RequestRun(
          {
            prepared,
            reader: (sink) => call.reader(sink),
            connections,
            cookies,
            scheduledAt,
            dispatchedAt: scheduledAt,
            limits,
            now,
          },
          {
            sent: (atUs) => {
              series.sent(atUs)
              if (this.sentAt !== null) return
              this.sentAt = atUs
              iterations?.sent(atUs)
            },
            bytes: (atUs, count) => {
              series.bytes(atUs, count)
              iterations?.bytes(atUs, count)
            },
            delta: (atUs) => tokens.delta(atUs),
            ended: (request) => {
              const { failure } = request.observation
              this.#running.delete(run)
              tokens.settleWith(request.observation)
              if (series.ended(request)) tokens.metSlo([series])
              this.calls.push({ run, request, tokens })
              const response = responseOf(run, request.observation)
              if (failure === null || allowFailure) resolve(response)
              else reject(new RequestFailed(failure, response))
            },
          },
        )
        this.#running.add(run)
        run.dispatch()
      }),
    )
  }

  #sleep(duration: Duration): Promise<void> {
    const { signal } = this.#controller
    return quietly(
      new Promise<void>((resolve, reject) => {
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
      }),
    )
  }
}

/** Where cookies are off there is nothing to read, and nothing is kept. */
const NO_COOKIES: UserContext['cookies'] = { get: () => ({}), set: () => {}, clear: () => {} }

/** A rejection that the function does not look at must not end the process. */
function quietly<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}
