import { type ChildProcess, fork } from 'node:child_process'
import type { DeviceReading } from './nvml-device.ts'
import type { ProbeAnswer, ProbeQuestion } from './nvml-probe.ts'
import type { FoundDevice } from './nvml-session.ts'

/** How a probe is started, for tests too. */
export interface GpuProbeOptions {
  /** The built `nvml-probe`. */
  readonly entry: URL
  /** Path or name of the NVML library. */
  readonly library: string
  /** Opening the driver wakes all devices, which takes seconds where nothing else keeps them awake. @default 10000 */
  readonly openWithinMs?: number
  /** A reading that takes longer is left out. @default 250 */
  readonly readWithinMs?: number
  /** After so long without an answer it is said that the driver stalls. @default 1000 */
  readonly stalledAfterMs?: number
}

/** What was found: devices, or why there are none. */
export type OpenedGpus = { readonly devices: readonly FoundDevice[] } | { readonly missing: string }

/** What devices did at one time. By their places; a device that was not asked about is not there. */
export type GpuReading = ReadonlyMap<number, DeviceReading>

interface OpenQuestion {
  readonly atMs: number
  readonly which: readonly number[]
  readonly reading: Promise<GpuReading | null>
}

/**
 * Asks the driver of GPUs through a process of its own. Never more than one question is open; a driver that does not answer
 * makes readings `null`, and neither keeps anybody waiting nor this process from ending.
 */
export class GpuProbe {
  readonly #options: Required<GpuProbeOptions>
  readonly #which = new Set<number>()
  #child: ChildProcess | null = null
  #opened: Promise<OpenedGpus> | null = null
  #ended: string | null = null
  #stopped = false
  #open: OpenQuestion | null = null
  #answer: ((reading: GpuReading | null) => void) | null = null
  #latest: { readonly atMs: number; readonly reading: GpuReading } | null = null
  #processes = false

  constructor(options: GpuProbeOptions) {
    this.#options = { openWithinMs: 10_000, readWithinMs: 250, stalledAfterMs: 1000, ...options }
  }

  /** Why there is nothing to read any more; `null` while there is. */
  get ended(): string | null {
    return this.#ended
  }

  /** Whether the question that is open has been so for too long. */
  get stalls(): boolean {
    return this.#open !== null && performance.now() - this.#open.atMs >= this.#options.stalledAfterMs
  }

  /** Starts the process and opens the driver; again is no harm. */
  open(): Promise<OpenedGpus> {
    this.#opened ??= this.#start()
    return this.#opened
  }

  /** A device is read from now on. */
  watch(place: number): void {
    this.#which.add(place)
  }

  /** From now on it is asked what each process holds. */
  watchProcesses(): void {
    this.#processes = true
  }

  /** All watched devices, now; those who ask at the same time share one reading. `null` when the driver takes too long. */
  async read(): Promise<GpuReading | null> {
    if (this.#child === null || this.#ended !== null || this.#which.size === 0) return null
    this.#open ??= this.#ask(this.#child)
    const leftMs = this.#open.atMs + this.#options.readWithinMs - performance.now()
    return leftMs <= 0 ? null : within(this.#open.reading, leftMs)
  }

  /**
   * Bytes that processes hold on the watched devices, as last read.
   * @param atMostMs how old that may be
   * @returns `null` where the driver does not tell it
   */
  heldBy(pids: readonly number[], atMostMs: number): number | null {
    if (this.#latest === null || performance.now() - this.#latest.atMs > atMostMs) return null
    let sum = 0
    for (const device of this.#latest.reading.values()) {
      if ('lost' in device || device.processes === null) return null
      for (const { pid, bytes } of device.processes) {
        if (!pids.includes(pid)) continue
        if (bytes === null) return null
        sum += bytes
      }
    }
    return sum
  }

  /** Ends the process, whatever the driver does; again is no harm. */
  stop(): void {
    this.#stopped = true
    this.#end('the watch ended')
  }

  async #start(): Promise<OpenedGpus> {
    if (this.#stopped) return { missing: 'the watch ended' }
    const { entry, library, openWithinMs } = this.#options
    const child = fork(entry, [library], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
    this.#child = child
    const opened = new Promise<OpenedGpus>((resolve) => {
      child.on('message', (message) => {
        const answer = message as ProbeAnswer
        if (answer.kind === 'opened') resolve({ devices: answer.devices })
        else if (answer.kind === 'missing') resolve({ missing: answer.reason })
        else this.#hear(answer.devices)
      })
      // Without a listener an error of the channel would end this process.
      child.on('error', (error) => this.#end(error.message))
      child.on('exit', (code, signal) => {
        this.#end(`the process that asks the driver ended (${signal ?? `exit code ${code}`})`)
        resolve({ missing: this.#ended! })
      })
    })
    // It is killed at the end, and sees by itself when this process is gone.
    child.unref()
    child.channel?.unref()
    const found = (await within(opened, openWithinMs)) ?? {
      missing: `it did not answer within ${openWithinMs / 1e3} s`,
    }
    if ('missing' in found) this.#end(found.missing)
    return found
  }

  #ask(child: ChildProcess): OpenQuestion {
    const which = [...this.#which]
    const reading = new Promise<GpuReading | null>((resolve) => {
      this.#answer = resolve
      const question: ProbeQuestion = { which, processes: this.#processes }
      child.send(question, (error) => {
        if (error !== null) this.#end(error.message)
      })
    })
    return { atMs: performance.now(), which, reading }
  }

  #hear(devices: readonly DeviceReading[]): void {
    const reading: GpuReading = new Map(
      this.#open?.which.flatMap((place, i) => (devices[i] ? [[place, devices[i]]] : [])),
    )
    this.#latest = { atMs: performance.now(), reading }
    this.#settle(reading)
  }

  #end(reason: string): void {
    this.#ended ??= reason
    this.#child?.kill('SIGKILL')
    this.#settle(null)
  }

  #settle(reading: GpuReading | null): void {
    this.#answer?.(reading)
    this.#answer = null
    this.#open = null
  }
}

/** `null` when it takes longer. */
async function within<Value>(value: Promise<Value>, ms: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)))
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}
