import { ForksPoolWorker, type PoolOptions } from 'vitest/node'
import { ENVELOPE, type HostEnvelope, type RunningEnvelope, type SpecEnvelope } from './protocol.ts'

/** The other end of a spec worker's requests. */
export interface SpecHost {
  /** Answers a request of a spec; called once per envelope. */
  receive(envelope: SpecEnvelope, reply: (envelope: HostEnvelope | RunningEnvelope) => void): void
  /** The worker of these requests has gone: whatever it started must end. */
  abandon(reply: (envelope: HostEnvelope | RunningEnvelope) => void): void
}

type Listener = (message: unknown) => void

/**
 * Vitest's own fork worker with a side channel: our envelopes travel over the fork's IPC beside Vitest's messages and
 * are kept from Vitest's listeners.
 */
export class PerfPoolWorker extends ForksPoolWorker {
  override readonly name: string = 'vitest-perf'
  readonly #host: SpecHost
  readonly #wrapped = new Map<Listener, Listener>()
  /** On Vitest 4 a write to a closed channel is an uncaught error in the main process. */
  #dead = false

  /** @param settings what the spec side must know, as environment variables */
  constructor(options: PoolOptions, host: SpecHost, settings: Readonly<Record<string, string>>) {
    super(options)
    this.env = { ...options.env, ...settings }
    this.#host = host
  }

  override async start(): Promise<void> {
    await super.start()
    super.on('message', this.#receive)
    super.on('exit', () => {
      this.#dead = true
      this.#host.abandon(this.#reply)
    })
  }

  override async stop(): Promise<void> {
    this.#host.abandon(this.#reply)
    await super.stop()
  }

  override on(event: string, callback: Listener): void {
    if (event !== 'message') return super.on(event, callback)
    const wrapper: Listener = (message) => {
      if (!isEnvelope(message)) callback(message)
    }
    this.#wrapped.set(callback, wrapper)
    super.on(event, wrapper)
  }

  override off(event: string, callback: Listener): void {
    super.off(event, this.#wrapped.get(callback) ?? callback)
    this.#wrapped.delete(callback)
  }

  readonly #receive = (message: unknown): void => {
    if (isEnvelope(message)) this.#host.receive(message, this.#reply)
  }

  readonly #reply = (envelope: HostEnvelope | RunningEnvelope): void => {
    if (!this.#dead) super.send(envelope as never)
  }
}

function isEnvelope(message: unknown): message is SpecEnvelope {
  return typeof message === 'object' && message !== null && ENVELOPE in message
}
