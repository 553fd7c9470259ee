import type { Observation, RequestFailure, TokenSource } from '../domain/observation.ts'
import type { IterationStart, RunningIteration } from './iterations.ts'
import type { LoadRecords } from './load-records.ts'
import type { LoadedModule } from './module-iterations.ts'
import { ModuleTask } from './module-task.ts'
import type { UserSession } from './user-session.ts'

/**
 * One iteration of a scenario module: its function and its own observation, which lasts from the intended start to the
 * end of the function. Its tokens and bytes are those of its requests; TTFT, TPOT and gaps are those of its first good
 * streaming request.
 */
export class ModuleRun implements RunningIteration {
  readonly #module: LoadedModule
  readonly #records: LoadRecords
  readonly #start: IterationStart
  readonly #session: UserSession
  readonly #task: ModuleTask

  constructor(module: LoadedModule, records: LoadRecords, start: IterationStart, session: UserSession) {
    this.#module = module
    this.#records = records
    this.#start = start
    this.#session = session
    this.#task = new ModuleTask(module, records, session, start)
  }

  /** The requests that have ended, in the order of their ends. */
  get calls(): ModuleTask['calls'] {
    return this.#task.calls
  }

  /** Runs the function to its end or to the abort. @returns the scenario's own error, `null` when it has none; never rejects */
  async run(): Promise<{ readonly thrown: unknown } | null> {
    const { k: iteration } = this.#start
    const iterationOfUser = this.#session.iterations++
    const outcome = await this.#task.run((context) => this.#module.run({ ...context, iteration, iterationOfUser }))
    if ('thrown' in outcome) return outcome
    this.record(outcome.failure)
    return null
  }

  abort(): void {
    this.#task.abort()
  }

  /** Writes the iteration down as it stands. */
  record(failure: RequestFailure | null): void {
    const { scheduledAt, dispatchedAt } = this.#start
    const observations = this.calls.map(({ request }) => request.observation)
    const good = observations.filter((observation) => observation.failure === null)
    const stream = this.calls.find(
      ({ request: { observation } }) => observation.failure === null && observation.firstDeltaAt !== null,
    )?.request
    const observation: Observation = {
      request: this.#records.iterations.request,
      scheduledAt,
      dispatchedAt,
      sentAt: this.#task.sentAt,
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
      audio: observations.length === 1 ? observations[0]!.audio : null,
      counters: summed(good.map(({ counters }) => counters)),
      stages: this.#task.stagesWith(observations),
      failure,
    }
    if (failure !== null)
      for (const { request, tokens } of this.calls)
        if (request.observation.failure === null) tokens.takeBack([this.#records.iterations])
    const withinSlo = this.#records.iterationEnded({ observation, gaps: stream?.gaps ?? [] }, stream?.observation)
    if (!withinSlo) return
    for (const { request, tokens } of this.calls)
      if (request.observation.failure === null) tokens.metSlo([this.#records.iterations])
  }
}

/** Numbers of the same name added up; `null` when there are none. */
function summed(parts: readonly (ReadonlyMap<string, number> | null)[]): ReadonlyMap<string, number> | null {
  const sums = new Map<string, number>()
  for (const part of parts) for (const [name, value] of part ?? []) sums.set(name, (sums.get(name) ?? 0) + value)
  return sums.size === 0 ? null : sums
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
