import type { ResourceSample, WatchedResource } from '../domain/resource.ts'
import type { Monitor, SeenTotals } from './monitor.ts'

/** Hears of samples whose times are absolute monotonic microseconds. */
type SampleListener = (sample: ResourceSample, idle: boolean) => void

/** Hears of notes that came after the start, with what they are about; what all say together comes as one. */
type LateNoteListener = (note: string, watched: readonly WatchedResource[]) => void

/**
 * Between the readings of one round: all of them in one go would hold a core for as long as the slowest requests in a hundred
 * take (`npm run bench:monitors`).
 */
const STEP_MS = 10

/** A monitor with when it was read last. */
interface Source {
  readonly monitor: Monitor
  lastUs: number
  /** It has not answered yet: a source that stalls is left alone and stalls no other. */
  pending: boolean
  /** When its turn comes in a round, milliseconds. */
  readonly turnMs: number
}

/**
 * Reads monitors at a steady pace, from before a load to its end. In order: `start()`, `idle()`, `listen()` once the load's
 * time zero is known, `stop()`.
 */
export class MonitorRun {
  readonly #discover: () => Promise<readonly Monitor[]>
  #sources: readonly Source[]
  readonly #everyUs: number
  readonly #nowUs: () => number
  readonly #listeners: SampleListener[] = []
  readonly #idle: ResourceSample[] = []
  readonly #notes = new Map<string, readonly string[]>()
  readonly #noteListeners: LateNoteListener[] = []
  readonly #unsaid = new Map<string, WatchedResource[]>()
  readonly #ended = new AbortController()
  #resting = false
  #began = false
  #timer: NodeJS.Timeout | null = null

  /**
   * @param everyUs from one sample to the next, microseconds
   * @param discover finds those that are not known before the start; never throws
   */
  constructor(
    monitors: readonly Monitor[],
    everyUs: number,
    nowUs: () => number,
    discover: () => Promise<readonly Monitor[]> = async () => [],
  ) {
    // A round is over before the next one begins.
    const stepMs = Math.min(STEP_MS, everyUs / 2e3 / monitors.length)
    this.#sources = monitors.map((monitor, i) => sourceOf(monitor, i * stepMs))
    this.#discover = discover
    this.#everyUs = everyUs
    this.#nowUs = nowUs
  }

  /** What is watched, with what cannot be read of it. */
  get watched(): readonly (WatchedResource & { readonly notes: readonly string[] })[] {
    return this.#sources.map(({ monitor: { watched } }) => ({ ...watched, notes: this.#notes.get(watched.name) ?? [] }))
  }

  /** Opens all sources and begins to sample. */
  async start(): Promise<void> {
    // What is found together is read together: it asks the same driver.
    const found = (await this.#discover()).map((monitor) => sourceOf(monitor, 0))
    this.#sources = [...this.#sources, ...found]
    if (this.#ended.signal.aborted) {
      found.forEach(({ monitor }) => monitor.stop())
      return
    }
    await Promise.all(this.#sources.map((source) => this.#open(source)))
    if (this.#ended.signal.aborted) return
    this.#timer = setInterval(() => {
      for (const source of this.#sources) {
        if (source.turnMs === 0) void this.#read(source)
        else setTimeout(() => void this.#read(source), source.turnMs)
      }
    }, this.#everyUs / 1e3)
  }

  /** Keeps what is seen for so long as what the machine does without load. Ends at once with `stop()`. */
  async idle(forUs: number): Promise<void> {
    const { signal } = this.#ended
    if (signal.aborted) return
    this.#resting = true
    await new Promise<void>((resolve) => {
      // The last sample is due at the very end; timers may be a little late.
      const timer = setTimeout(resolve, forUs / 1e3 + Math.max(...this.#sources.map(({ turnMs }) => turnMs)) + 20)
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

  /** Hears of notes from now on. */
  onNote(listener: LateNoteListener): void {
    this.#noteListeners.push(listener)
  }

  /** The loads that run together begin in a moment; again is no harm. */
  begin(): void {
    if (this.#began) return
    this.#began = true
    for (const { monitor } of this.#sources) monitor.begin?.()
  }

  /** What targets counted since {@link begin}, by name; of a load that has ended and is not stopped. */
  async totals(): Promise<ReadonlyMap<string, SeenTotals>> {
    const all = await Promise.all(
      this.#sources.map(async ({ monitor }) => [monitor.watched.name, (await monitor.totals?.()) ?? null] as const),
    )
    return new Map(all.flatMap(([name, totals]) => (totals === null ? [] : [[name, totals] as const])))
  }

  /** Nothing is sampled any more; again is no harm. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#listeners.length = 0
    this.#noteListeners.length = 0
    this.#ended.abort()
    this.#sources.forEach(({ monitor }) => monitor.stop())
  }

  async #open(source: Source): Promise<void> {
    const { monitor } = source
    this.#notes.set(monitor.watched.name, await monitor.start((note) => this.#say(monitor.watched, note)))
    source.lastUs = this.#nowUs()
    // Counters start from here.
    await monitor.sample(source.lastUs)
  }

  #say(watched: WatchedResource, note: string): void {
    const said = this.#notes.get(watched.name) ?? []
    if (said.includes(note)) return
    this.#notes.set(watched.name, [...said, note])
    if (this.#unsaid.size === 0) setImmediate(() => this.#tell())
    this.#unsaid.set(note, [...(this.#unsaid.get(note) ?? []), watched])
  }

  #tell(): void {
    const notes = [...this.#unsaid]
    this.#unsaid.clear()
    for (const [note, about] of notes) this.#noteListeners.forEach((listener) => listener(note, about))
  }

  async #read(source: Source): Promise<void> {
    if (this.#ended.signal.aborted) return
    const nowUs = this.#nowUs()
    const spanUs = nowUs - source.lastUs
    const dueUs = source.monitor.everyUs ?? this.#everyUs
    // After a pause of this process timers come in bursts; a rate over a moment would be noise.
    if (source.pending || spanUs < dueUs - this.#everyUs / 2) return
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

function sourceOf(monitor: Monitor, turnMs: number): Source {
  return { monitor, lastUs: 0, pending: false, turnMs }
}
