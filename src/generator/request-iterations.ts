import type { PreparedRequest, RequestScenario } from '../scenarios/exchange.ts'
import type { IterationRunner, IterationStart, RunningIteration } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { RequestRun } from './request-run.ts'
import { TokenLedger } from './token-ledger.ts'

/** Runs a scenario of one request: the iteration is the request. */
export class RequestIterations implements IterationRunner {
  readonly #scenario: RequestScenario
  readonly #records: LoadRecords
  readonly #onScenarioError: (error: unknown) => void

  constructor(scenario: RequestScenario, records: LoadRecords, onScenarioError: (error: unknown) => void) {
    this.#scenario = scenario
    this.#records = records
    this.#onScenarioError = onScenarioError
  }

  start({ k, user, connections, scheduledAt, dispatchedAt }: IterationStart, ended: () => void): RunningIteration {
    const { iterations, windowAt, now } = this.#records
    const prepared = this.#prepare(k, user)
    if (prepared === null) {
      ended()
      return { abort: () => {} }
    }
    const tokens = new TokenLedger([iterations], windowAt)
    const run = new RequestRun(
      { prepared, reader: (sink) => this.#scenario.reader(sink), connections, scheduledAt, dispatchedAt, now },
      {
        sent: (atUs) => iterations.sent(atUs),
        bytes: (atUs, count) => iterations.bytes(atUs, count),
        delta: (atUs) => tokens.delta(atUs),
        ended: (request) => {
          tokens.settleWith(request.observation)
          this.#records.iterationEnded(request)
          ended()
        },
      },
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
