import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SinkOptions, SinkReading } from './statsd-sink.ts'

/** A sink, in whatever thread it runs. */
export interface SinkLink {
  /** @returns the system's code where it cannot listen, such as EADDRINUSE; `null` when it does */
  open(): Promise<string | null>
  begin(): void
  /** `null` when it has gone. */
  read(): Promise<SinkReading | null>
  close(): void
}

/** A sink in a thread of its own. */
export class SinkThread implements SinkLink {
  readonly #options: SinkOptions
  readonly #entry: URL
  #worker: Worker | null = null
  readonly #asked: ((reading: SinkReading | null) => void)[] = []

  /** @param entry the built `statsd-worker` */
  constructor(options: SinkOptions, entry: URL) {
    this.#options = options
    this.#entry = entry
  }

  async open(): Promise<string | null> {
    const worker = new Worker(this.#entry, { workerData: this.#options })
    worker.unref()
    try {
      const [said] = (await once(worker, 'message')) as ['open' | { readonly code: string }]
      if (said !== 'open') return said.code
    } catch (error) {
      return (error as Error).message
    }
    worker.on('message', (reading: SinkReading) => this.#asked.shift()?.(reading))
    worker.on('error', () => undefined)
    worker.on('exit', () => {
      this.#worker = null
      for (const answer of this.#asked.splice(0)) answer(null)
    })
    this.#worker = worker
    return null
  }

  begin(): void {
    this.#worker?.postMessage('begin')
  }

  read(): Promise<SinkReading | null> {
    if (this.#worker === null) return Promise.resolve(null)
    return new Promise((resolve) => {
      this.#asked.push(resolve)
      this.#worker?.postMessage('read')
    })
  }

  close(): void {
    this.#worker?.postMessage('close')
  }
}
