import { NOTHING_GENERATED, type RequestFailure } from '../domain/observation.ts'
import { describe } from '../domain/quantity.ts'
import { LoadError } from '../domain/load-error.ts'
import { RequestFailed } from '../scenarios/module.ts'
import type { LoadRecords } from './load-records.ts'
import type { RequestNames } from './request-names.ts'

/** The named steps of one run of a scenario module. Each is counted like a request that lasts as long as its function. */
export class RunningSteps {
  readonly #records: LoadRecords
  readonly #names: RequestNames
  readonly #open = new Set<(failure: RequestFailure | null) => void>()

  constructor(records: LoadRecords, names: RequestNames) {
    this.#records = records
    this.#names = names
  }

  /**
   * Runs a step. What fails in it fails it; what it throws otherwise is no failed step but the scenario's error.
   * @returns what its function gives
   */
  async run<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result> {
    if (typeof name !== 'string' || name === '' || typeof work !== 'function') {
      throw new LoadError(
        'invalid-option',
        `step(name, work): got ${describe(name)}, ${describe(work)}, takes a text and a function`,
      )
    }
    this.#names.claim(name, 'step')
    const end = this.#start(name)
    try {
      const result = await work()
      end(null)
      return result
    } catch (thrown) {
      if (thrown instanceof RequestFailed) end(thrown.failure)
      throw thrown
    } finally {
      this.#open.delete(end)
    }
  }

  /** The run is over: steps that still go on end with it. */
  close(failure: RequestFailure): void {
    for (const end of this.#open) end(failure)
  }

  #start(name: string): (failure: RequestFailure | null) => void {
    const { recorder, now } = this.#records
    const series = recorder.series(name, 'request')
    const scheduledAt = now()
    series.sent(scheduledAt)
    const end = (failure: RequestFailure | null): void => {
      if (!this.#open.delete(end)) return
      series.ended({
        observation: {
          request: name,
          scheduledAt,
          dispatchedAt: scheduledAt,
          // A step begins when it is sent: its service time is its latency.
          sentAt: scheduledAt,
          firstByteAt: null,
          ...NOTHING_GENERATED,
          endedAt: now(),
          bytesReceived: 0,
          stages: null,
          failure,
        },
        gaps: [],
      })
    }
    this.#open.add(end)
    return end
  }
}
