import type { SearchSummary } from '../domain/search.ts'
import { LoadError, type LoadErrorCode } from '../domain/load-error.ts'
import {
  ENVELOPE,
  type HostEnvelope,
  type RunningEnvelope,
  type SerialisedError,
  type SpecEnvelope,
} from '../pool/protocol.ts'

/** A request without what the link adds. */
export type HostRequest =
  | Omit<Extract<SpecEnvelope, { kind: 'load' }>, typeof ENVELOPE | 'id'>
  | Omit<Extract<SpecEnvelope, { kind: 'once' }>, typeof ENVELOPE | 'id'>

/** Who waits for the answer to a request. */
interface Pending {
  answer(envelope: HostEnvelope): void
  running(envelope: RunningEnvelope): void
}

/** The spec worker's end of the side channel to the load host. */
export class HostLink {
  // Kept at import time: Vitest may replace process.send while a spec runs.
  readonly #send: NonNullable<typeof process.send> | undefined = process.send?.bind(process)
  readonly #pending = new Map<number, Pending>()
  #nextId = 1

  constructor() {
    process.on('message', (message: unknown) => {
      if (!isHostEnvelope(message)) return
      const pending = this.#pending.get(message.id)
      if (message.kind === 'running') return pending?.running(message)
      pending?.answer(message)
      this.#pending.delete(message.id)
    })
    // Ctrl-C reaches the whole process group; the main process decides, and ends this one.
    process.on('SIGINT', () => undefined)
    // Without the main process nobody would end a spec that waits for its answer.
    process.once('disconnect', () => process.exit(1))
  }

  /**
   * Sends a request and waits for its answer; aborting asks the host to end early, which then answers.
   * @param running hears how the load goes on until then
   */
  async request(
    request: HostRequest,
    signal: AbortSignal,
    running: Pending['running'] = () => undefined,
  ): Promise<HostEnvelope> {
    const id = this.#nextId++
    const answer = new Promise<HostEnvelope>((resolve) => this.#pending.set(id, { answer: resolve, running }))
    const abort = (): void => this.#post({ [ENVELOPE]: true, kind: 'abort', id, reason: abortReason(signal) })
    this.#post({ [ENVELOPE]: true, id, ...request })
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    try {
      return await answer
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** Tells the host how a search stands. @returns a function that tells it again, of the same search */
  search(): (summary: SearchSummary) => void {
    const id = this.#nextId++
    return (summary) => this.#post({ [ENVELOPE]: true, kind: 'search', id, summary })
  }

  #post(envelope: SpecEnvelope): void {
    if (this.#send === undefined) throw new LoadError('wrong-context', 'this process has no channel to the load host')
    this.#send(envelope)
  }
}

/** The error that an answer carries, with its class restored. */
export function hostError(error: SerialisedError): Error {
  const restored = new LoadError(error.code as LoadErrorCode, error.message)
  // Our own stack says nothing to the user; the scenario's does.
  restored.stack = error.stack ?? `${restored.name}: ${error.message}`
  return restored
}

function isHostEnvelope(message: unknown): message is HostEnvelope | RunningEnvelope {
  return typeof message === 'object' && message !== null && ENVELOPE in message
}

function abortReason({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason)
}
