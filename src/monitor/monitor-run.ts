import type { ResourceSample, WatchedResource } from '../domain/resource.ts'
import type { Monitor } from './monitor.ts'

/** Hears of samples whose times are absolute monotonic microseconds. */
type SampleListener = (sample: ResourceSample, idle: boolean) => void

/** A monitor with when it was read last. */
interface Source {
  readonly monitor: Monitor
  lastUs: number
  /** It has not answered yet: a source that stalls is left alone and stalls no other. */
  pending: boolean
}

/**
 * Reads monitors at a steady pace, from before a load to its end. In order: `start()`, `idle()`, `listen()` once the load's
 * time zero is known, `stop()`.
 */
export class MonitorRun {
  readonly #sources: readonly Source[]
  readonly #everyUs: number
  readonly #nowUs: () => number
  readonly #listeners: SampleListener[] = []
  readonly #idle: ResourceSample[] = []
  readonly #notes = new Map<string, readonly string[]>()
  readonly #ended = new AbortController()
  #resting = false
  #timer: NodeJS.Timeout | null = null

  /** @param everyUs from one sample to the next, microseconds */
  constructor(monitors: readonly Monitor[], everyUs: number, nowUs: () => number) {
    this.#sources = monitors.map((monitor) => ({ monitor, lastUs: 0, pending: false }))
    this.#everyUs = everyUs
    this.#nowUs = nowUs
  }

  /** What is watched, with what cannot be read of it. */
  get watched(): readonly (WatchedResource & { readonly notes: readonly string[] })[] {
    return this.#sources.map(({ monitor: { watched } }) => ({ ...watched, notes: this.#notes.get(watched.name) ?? [] }))
  }

  /** Opens all sources and begins to sample. */
  async start(): Promise<void> {
    await Promise.all(
      this.#sources.map(async (source) => {
        this.#notes.set(source.monitor.watched.name, await source.monitor.start())
        source.lastUs = this.#nowUs()
        // Counters start from here.
        await source.monitor.sample(source.lastUs)
      }),
    )
    if (this.#ended.signal.aborted) return
    this.#timer = setInterval(() => this.#sources.forEach((source) => void this.#read(source)), this.#everyUs / 1e3)
  }

  /** Keeps what is seen for so long as what the machine does without load. Ends at once with `stop()`. */
  async idle(forUs: number): Promise<void> {
    const { signal } = this.#ended
    if (signal.aborted) return
    this.#resting = true
    await new Promise<void>((resolve) => {
      // The last sample is due at the very end; timers may be a little late.
      const timer = setTimeout(resolve, forUs / 1e3 + 20)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
    this.#resting = false
  }

  /** Hears at once of all idle samples, then of each new one. */
  listen(listener: SampleListener): void {
    for (const sample of this.#idle) listener(sample, true)
    this.#listeners.push(listener)
  }

  /** Nothing is sampled any more; again is no harm. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#listeners.length = 0
    this.#ended.abort()
    this.#sources.forEach(({ monitor }) => monitor.stop())
  }

  async #read(source: Source): Promise<void> {
    const nowUs = this.#nowUs()
    const spanUs = nowUs - source.lastUs
    // After a pause of this process timers come in bursts; a rate over a moment would be noise.
    if (source.pending || spanUs < this.#everyUs / 2) return
    source.pending = true
    const idle = this.#resting
    const values = await source.monitor.sample(nowUs)
    source.pending = false
    source.lastUs = nowUs
    if (values === null) return
    const sample: ResourceSample = { watched: source.monitor.watched.name, atUs: nowUs, spanUs, values }
    if (idle) this.#idle.push(sample)
    for (const listener of this.#listeners) listener(sample, false)
  }
}
