import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from '../domain/load-error.ts'
import type { LoadEvent } from '../domain/measurement.ts'
import { describe, type Duration, requireDurationUs } from '../domain/quantity.ts'
import type { RunningEnvelope } from '../pool/protocol.ts'
import { endsWithinMs, requireSignal, signalProcess } from './process-signal.ts'
import type { RunningServer } from './server-process.ts'

/** What a spec may do while its load runs. */
export interface LoadControl {
  /**
   * Resolves when so much of the measured window has passed; of several services' windows the last one to open counts.
   * @throws LoadError `load-aborted` when the load ends before
   */
  readonly at: (time: Duration) => Promise<void>
  /**
   * Sends a signal to a `server()` and all of its processes, or to the process with this id, which is then yours to answer
   * for. Waits until the process is gone, when the signal ends it, and records a fault (`SIGCONT`: a mark) of the signal's
   * name.
   * @throws LoadError `server-failed` when it does not run, `load-aborted` when the load has ended
   */
  readonly kill: (target: Pick<RunningServer, 'kill'> | number, signal?: NodeJS.Signals) => Promise<void>
  /** Records an event, for `toRecoverWithin(..., { after: name })` and the report. */
  readonly mark: (name: string) => Promise<void>
}

/** How long it took to happen is known a little later. */
type OpenEvent = { -readonly [Key in keyof LoadEvent]: LoadEvent[Key] }

/** A load of this spec, from the call of `load()` to its answer. */
export class ActiveLoad implements LoadControl {
  /** Ends the load early. */
  readonly controller: AbortController = new AbortController()
  /** Something is done to the target, or noted, while it runs. */
  attended = false
  #failed = false
  readonly #nowUs: () => number
  readonly #events: OpenEvent[] = []
  readonly #ended = new AbortController()
  readonly #started = deferred<number>()
  readonly #opened = deferred<number>()

  /** @param nowUs absolute microseconds of the monotonic clock that all processes of this machine share */
  constructor(nowUs: () => number) {
    this.#nowUs = nowUs
  }

  /** What the spec did failed and ended the load early: its numbers need not be judged. */
  get failed(): boolean {
    return this.#failed
  }

  /** What the spec does failed: ends the load, if it still runs. */
  fail(reason: string): void {
    if (this.#ended.signal.aborted) return
    this.#failed = true
    this.controller.abort(reason)
  }

  /** What has been done and noted so far, in time order. */
  get events(): readonly LoadEvent[] {
    return this.#events.map((event) => ({ ...event }))
  }

  /** The host tells how the load goes on. */
  running({ startUs, openUs }: RunningEnvelope): void {
    this.#started.resolve(startUs)
    if (openUs !== null) this.#opened.resolve(openUs)
  }

  /** The host has answered. */
  end(): void {
    this.#ended.abort()
  }

  readonly at = async (time: Duration): Promise<void> => {
    const us = requireDurationUs('at(time)', time)
    const call = `at(${describe(time)})`
    const dueUs = (await this.#beforeEnd(call, this.#opened.promise)) + us
    for (let leftUs = dueUs - this.#nowUs(); leftUs > 0; leftUs = dueUs - this.#nowUs()) {
      // Timers may be a part of a millisecond early.
      await this.#beforeEnd(call, sleep(Math.ceil(leftUs / 1e3), undefined, { signal: this.#ended.signal }))
    }
  }

  readonly kill = async (
    target: Pick<RunningServer, 'kill'> | number,
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<void> => {
    requireSignal(signal)
    if (typeof target !== 'number' && typeof (target as Partial<RunningServer> | null)?.kill !== 'function') {
      throw new LoadError('invalid-option', `kill(target): got ${describe(target)}, takes a server() or a process id`)
    }
    const event = await this.#record(`kill(..., '${signal}')`, signal === 'SIGCONT' ? 'mark' : 'fault', signal)
    const fromUs = this.#nowUs()
    try {
      const gone = await (typeof target === 'number' ? signalProcess(target, signal) : target.kill(signal))
      event.errorUs = gone || endsWithinMs(signal) === 0 ? this.#nowUs() - fromUs : null
    } catch (error) {
      // Nothing happened.
      this.#events.splice(this.#events.indexOf(event), 1)
      throw error
    }
  }

  readonly mark = async (name: string): Promise<void> => {
    if (typeof name !== 'string' || name.trim() === '') {
      throw new LoadError('invalid-option', `mark(name): got ${describe(name)}, takes a text that is not empty`)
    }
    const event = await this.#record(`mark(${describe(name)})`, 'mark', name)
    event.errorUs = 0
  }

  async #record(call: string, kind: LoadEvent['kind'], name: string): Promise<OpenEvent> {
    const startUs = await this.#beforeEnd(call, this.#started.promise)
    const event = { kind, name, atUs: this.#nowUs() - startUs, errorUs: null as number | null }
    this.#events.push(event)
    return event
  }

  /** @throws LoadError `load-aborted` as soon as the load has ended */
  async #beforeEnd<Value>(call: string, value: Promise<Value>): Promise<Value> {
    const { signal } = this.#ended
    const ended = new LoadError('load-aborted', `${call}: the load has ended before`, {
      hint: 'at() counts from the opening of the measured window; make the load longer, or act earlier',
    })
    const over = deferred<never>()
    const reject = (): void => over.reject(ended)
    signal.addEventListener('abort', reject)
    if (signal.aborted) reject()
    try {
      return await Promise.race([over.promise, value])
    } finally {
      signal.removeEventListener('abort', reject)
    }
  }
}

interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(error: Error): void
}

/** A promise that is settled from outside; nobody has to wait for it. */
function deferred<Value>(): Deferred<Value> {
  let settle: Pick<Deferred<Value>, 'resolve' | 'reject'> | undefined
  const promise = new Promise<Value>((resolve, reject) => (settle = { resolve, reject }))
  promise.catch(() => undefined)
  return { promise, ...settle! }
}
