import type { DeltaSink, PreparedRequest, RequestScenario, ResponseReader } from '../scenarios/exchange.ts'
import type { IterationRunner, IterationStart, RunningIteration } from './iterations.ts'
import type { IterationSeries } from './joint-series.ts'
import type { LoadRecords } from './load-records.ts'
import { type RequestEvents, RequestRun } from './request-run.ts'
import type { EndedRequest } from './series-recorder.ts'
import { TokenLedger } from './token-ledger.ts'

/** Runs a scenario of one request: the iteration is the request. */
export class RequestIterations implements IterationRunner {
  readonly #scenario: RequestScenario
  readonly #records: LoadRecords
  readonly #onScenarioError: (error: unknown) => void
  readonly #reader: (sink: DeltaSink, request: PreparedRequest) => ResponseReader

  constructor(scenario: RequestScenario, records: LoadRecords, onScenarioError: (error: unknown) => void) {
    this.#scenario = scenario
    this.#records = records
    this.#onScenarioError = onScenarioError
    this.#reader = (sink, request) => scenario.reader(sink, 0, request)
  }

  start({ k, user, connections, scheduledAt, dispatchedAt }: IterationStart, ended: () => void): RunningIteration {
    const { limits, now } = this.#records
    const prepared = this.#prepare(k, user)
    if (prepared === null) {
      ended()
      return { abort: () => {} }
    }
    const series = this.#records.inClass(prepared.promptClass ?? null)
    const run = new RequestRun(
      { prepared, reader: this.#reader, connections, scheduledAt, dispatchedAt, limits, now },
      new IterationRecord(this.#records, series, scheduledAt, prepared.promptTokens ?? null, ended),
    )
    run.dispatch()
    return run
  }

  /** `null` when a row of the data does not fit the templates, which ends the load. */
  #prepare(k: number, user: number): PreparedRequest | null {
    try {
      return this.#scenario.prepare(k, user)
    } catch (error) {
      this.#onScenarioError(error)
      return null
    }
  }
}

/** Writes down one request that is an iteration. */
class IterationRecord implements RequestEvents {
  readonly #records: LoadRecords
  readonly #series: IterationSeries
  readonly #scheduledAt: number
  readonly #promptTokens: number | null
  readonly #onEnded: () => void
  /** Most answers bring no tokens. */
  #tokens: TokenLedger | null = null

  constructor(
    records: LoadRecords,
    series: IterationSeries,
    scheduledAt: number,
    promptTokens: number | null,
    onEnded: () => void,
  ) {
    this.#records = records
    this.#scheduledAt = scheduledAt
    this.#promptTokens = promptTokens
    this.#series = series
    this.#onEnded = onEnded
  }

  sent(atUs: number): void {
    this.#series.sent(atUs)
  }

  bytes(atUs: number, count: number): void {
    this.#series.bytes(atUs, count)
  }

  delta(atUs: number): void {
    this.#ledger().delta(atUs)
  }

  ended(request: EndedRequest): void {
    const { observation } = request
    if (this.#tokens !== null || observation.outputTokens !== null) this.#ledger().settleWith(observation)
    if (this.#records.iterationEnded(request, observation, this.#series)) this.#tokens?.metSlo()
    const { inputTokens } = observation
    if (this.#promptTokens !== null && inputTokens !== null)
      this.#records.recorder.promptOffset(inputTokens - this.#promptTokens)
    this.#onEnded()
  }

  #ledger(): TokenLedger {
    return (this.#tokens ??= new TokenLedger([this.#series], this.#records.recorder.creditOf(this.#scheduledAt)))
  }
}
