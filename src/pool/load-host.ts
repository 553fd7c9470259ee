import { LoadError } from '../domain/load-error.ts'
import { nowUs } from '../domain/shared-clock.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import { answersOf, exchangeOnce } from './exchange-once.ts'
import type { Engine } from './engine.ts'
import { bundledPlan } from './bundled-plan.ts'
import type { HostedEnd, RequestRowsPlan } from './hosted-load.ts'
import { holdInterrupts } from './interrupts.ts'
import { LoadGroup } from './load-group.ts'
import { type LockOwner, MachineLock } from './machine-lock.ts'
import type { SpecHost } from './perf-pool-worker.ts'
import type { LoadObserver, LoadStore } from './ports.ts'
import {
  ENVELOPE,
  type HostEnvelope,
  type PlannedLoad,
  type RunningEnvelope,
  type SerialisedError,
  type SpecEnvelope,
} from './protocol.ts'
import { awaitQuiet } from './quiet.ts'

type Reply = (envelope: HostEnvelope | RunningEnvelope) => void
type LoadEnvelope = Extract<SpecEnvelope, { kind: 'load' }>
type OnceEnvelope = Extract<SpecEnvelope, { kind: 'once' }>
type SearchEnvelope = Extract<SpecEnvelope, { kind: 'search' }>

/** What the composition root hands in. */
export interface LoadHostOptions {
  /** Id of the run that is under way; a rerun in watch mode is a run of its own. */
  readonly runId: () => string
  /** What carries the loads. */
  readonly engine: Engine
  /** Path of the machine-wide lock file. */
  readonly lockPath: string
  /** Shown to those who wait for this project's load. */
  readonly project: string
  readonly store: LoadStore
  readonly observer: LoadObserver
  /** Files with a line for each request. @default null: none */
  readonly requestRows?: RequestRowsPlan | null
  /** Whether loads may run now, or why not (watch mode before the user asked). */
  readonly idleReason: () => string | null
  /** Ends the whole test run in good order: the user pressed Ctrl-C while a load ran. */
  readonly interrupt: () => void
}

interface Request {
  readonly reply: Reply
  readonly id: number
  readonly controller: AbortController
  /** A search that is under way; it has no answer of its own. */
  readonly search: boolean
}

/** Runs the loads that specs ask for, one at a time on the whole machine. Lives in Vitest's main process. */
export class LoadHost implements SpecHost {
  readonly #options: LoadHostOptions
  readonly #lock: MachineLock
  readonly #requests = new Set<Request>()
  readonly #serving = new Set<Promise<void>>()
  #turn: Promise<void> = Promise.resolve()
  #quiet = false
  #releaseInterrupts: () => void = () => undefined

  constructor(options: LoadHostOptions) {
    this.#options = options
    this.#lock = new MachineLock(options.lockPath, options.project)
  }

  receive(envelope: SpecEnvelope, reply: Reply): void {
    if (envelope.kind === 'abort') {
      for (const request of this.#requests) {
        if (request.reply === reply && request.id === envelope.id) request.controller.abort(envelope.reason)
      }
      return
    }
    if (envelope.kind === 'search') return this.#searched(envelope, reply)
    const request = this.#open(envelope.id, reply)
    const served = this.#serve(envelope, request).finally(() => {
      this.#serving.delete(served)
      this.#close(request)
    })
    this.#serving.add(served)
  }

  /** Resolves when no load runs: a cancelled test run does not wait for its loads to end. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#serving)
  }

  abandon(reply: Reply): void {
    for (const request of this.#requests) {
      if (request.reply !== reply) continue
      request.controller.abort('the spec worker has gone')
      if (request.search) this.#close(request)
    }
  }

  /** Between two loads of a search nothing else would hold an interrupt that must end the whole run in good order. */
  #searched({ id, summary }: SearchEnvelope, reply: Reply): void {
    const under = [...this.#requests].find((request) => request.reply === reply && request.id === id)
    if (summary.end !== null) {
      if (under !== undefined) this.#close(under)
    } else if (under === undefined) {
      this.#open(id, reply, true)
    }
    this.#options.observer.searched(summary)
  }

  #open(id: number, reply: Reply, search = false): Request {
    const request: Request = { reply, id, search, controller: new AbortController() }
    if (this.#requests.size === 0) this.#releaseInterrupts = holdInterrupts(this.#options.interrupt)
    this.#requests.add(request)
    return request
  }

  #close(request: Request): void {
    this.#requests.delete(request)
    if (this.#requests.size === 0) this.#releaseInterrupts()
  }

  /** Ends every load: the user cancelled. */
  abortAll(reason: string): void {
    for (const request of this.#requests) request.controller.abort(reason)
  }

  async #serve(envelope: LoadEnvelope | OnceEnvelope, request: Request): Promise<void> {
    const { reply, id } = request
    const idle = this.#options.idleReason()
    if (idle !== null) return reply({ [ENVELOPE]: true, kind: 'skipped', id, reason: idle })
    try {
      reply(
        envelope.kind === 'load'
          ? await this.#inTurn(request, envelope, () => this.#load(envelope, request))
          : await this.#once(envelope, request),
      )
    } catch (error) {
      reply({
        [ENVELOPE]: true,
        kind: 'failed',
        id,
        error: serialised(error, request.controller.signal),
        measured: [],
      })
    }
  }

  /** Runs `work` when no other load of this process or of this machine runs. */
  async #inTurn(request: Request, { loads }: LoadEnvelope, work: () => Promise<HostEnvelope>): Promise<HostEnvelope> {
    const before = this.#turn
    let done = (): void => undefined
    this.#turn = new Promise((resolve) => (done = resolve))
    try {
      await before
      const release = await this.#lock.acquire(
        loads[0]!.plan.id,
        (owner) => this.#waitsFor(owner, loads[0]!.specId),
        request.controller.signal,
      )
      try {
        return await work()
      } finally {
        await release()
      }
    } finally {
      done()
    }
  }

  #waitsFor(owner: LockOwner, specId: SpecId): void {
    this.#options.observer.note(
      `${specIdText(specId)}: waiting for the load of another process to end: pid ${owner.pid}, project ${owner.project}, since ${owner.since}`,
    )
  }

  async #load({ loads, id }: LoadEnvelope, { reply, controller: { signal } }: Request): Promise<HostEnvelope> {
    const { store, observer, engine, requestRows = null } = this.#options
    const runId = this.#options.runId()
    if (!this.#quiet) await awaitQuiet()
    this.#quiet = true
    signal.throwIfAborted()
    const plans = await engine.place(
      loads.map(({ plan }) => plan),
      signal,
    )
    const placed = loads.map((load, i) => ({ ...load, plan: plans[i]! }))
    const group = new LoadGroup(placed, { runId, engine, store, observer, requestRows, nowUs })
    const abort = (): void => group.abort(String(signal.reason))
    signal.addEventListener('abort', abort)
    try {
      const ends = await group.run((startUs, openUs) =>
        reply({ [ENVELOPE]: true, kind: 'running', id, startUs, openUs }),
      )
      return answer(id, loads, ends)
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async #once({ plan, id, series }: OnceEnvelope, { controller: { signal } }: Request): Promise<HostEnvelope> {
    const { engine } = this.#options
    const [placed] = await engine.place([{ ...plan, generators: 1 }], signal)
    const bundled = await bundledPlan(placed!, engine.isRemote)
    try {
      if (series !== undefined) {
        const answers = await answersOf(bundled.plan, engine, series)
        return { [ENVELOPE]: true, kind: 'answered', id, answers }
      }
      const exchange = await exchangeOnce(bundled.plan, engine)
      return { [ENVELOPE]: true, kind: 'exchanged', id, exchange }
    } finally {
      await bundled.remove()
    }
  }
}

/** A load whose scenario failed or whose abort rule was broken fails its test; its numbers go along. */
function answer(id: number, loads: readonly PlannedLoad[], ends: readonly HostedEnd[]): HostEnvelope {
  const measured = ends.map((end) => end.measured)
  const errors = ends.map(errorOf)
  const failed = errors.findIndex((error) => error !== null)
  if (failed < 0) return { [ENVELOPE]: true, kind: 'loaded', id, measured }
  const { service } = loads[failed]!
  const error = errors[failed]!
  const message = service === null ? error.message : `service ${service}: ${error.message}`
  return { [ENVELOPE]: true, kind: 'failed', id, error: { ...error, message }, measured }
}

function errorOf({ scenarioError, brokenRule }: HostedEnd): SerialisedError | null {
  if (scenarioError !== null || brokenRule === null) return scenarioError
  return { code: 'load-aborted', message: `the load was ended by its ${brokenRule}`, stack: null }
}

function serialised(error: unknown, signal: AbortSignal): SerialisedError {
  if (signal.aborted) return { code: 'load-aborted', message: String(signal.reason), stack: null }
  if (error instanceof LoadError) {
    const own = error.cause as SerialisedError | undefined
    return {
      code: error.code,
      message: error.message,
      stack: error.code === 'scenario-failed' && typeof own?.stack === 'string' ? own.stack : null,
    }
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { code: 'load-aborted', message, stack: stack ?? null }
}
