import type { WebSocketScenarioPlan } from '../domain/scenario.ts'
import type { RequestScenario, PreparedRequest } from '../scenarios/exchange.ts'
import type { IterationRunner, IterationStart, RunningIteration } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import { WebSocketRun } from './websocket-run.ts'

/** Runs a WebSocket scenario: the iteration is the socket, from connecting to closing. */
export class WebSocketIterations implements IterationRunner {
  readonly #plan: WebSocketScenarioPlan
  readonly #prepare: RequestScenario['prepare']
  readonly #records: LoadRecords
  readonly #onScenarioError: (error: unknown) => void

  constructor(
    plan: WebSocketScenarioPlan,
    prepare: RequestScenario['prepare'],
    records: LoadRecords,
    onScenarioError: (error: unknown) => void,
  ) {
    this.#plan = plan
    this.#prepare = prepare
    this.#records = records
    this.#onScenarioError = onScenarioError
  }

  start({ k, user, scheduledAt, dispatchedAt }: IterationStart, ended: () => void): RunningIteration {
    const { iterations, now } = this.#records
    let prepared: PreparedRequest
    try {
      prepared = this.#prepare(k, user)
    } catch (error) {
      this.#onScenarioError(error)
      ended()
      return { abort: () => {} }
    }
    return new WebSocketRun(
      { plan: this.#plan, prepared, scheduledAt, dispatchedAt, now },
      {
        sent: (atUs) => iterations.sent(atUs),
        bytes: (atUs, count) => iterations.bytes(atUs, count),
        measured: (request) => this.#records.iterationEnded(request),
        closed: ended,
      },
    )
  }
}
