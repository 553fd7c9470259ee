import type { GeneratorCommand, GeneratorReport } from '../pool/protocol.ts'
import { ClockOffset } from './clock-offset.ts'
import type { PoolMessage, WorkerMessage } from './control-messages.ts'
import { commandHere, reportThere } from './pool-times.ts'
import type { CarriedLoad, CarryLoad } from './worker-load.ts'

/** Answered pings before a load is reported as ready: the quickest of them gives the clocks' offset. */
const PINGS_BEFORE_READY = 8
/** Pings that have not been answered are forgotten after so many. */
const MOST_OPEN_PINGS = 100

/** Why a load is gone that the pool has ended. */
export const ENDED = 'ended'

/** What a pool's session on a worker works with. */
export interface PoolSessionParts {
  /** To the pool. */
  readonly send: (message: WorkerMessage) => void
  readonly carry: CarryLoad
  /** Why a plan is not run here, or `null`. */
  readonly decline: (command: Extract<GeneratorCommand, { kind: 'prepare' }>) => string | null
  /** A report of a load goes to the pool: for what Locust shows. */
  readonly reported: (load: string, report: GeneratorReport) => void
  /** Monotonic clock, microseconds. */
  readonly clockUs: () => number
}

interface Carried {
  readonly load: CarriedLoad
  /** Reports that wait for the clocks' offset: nothing starts before. */
  ready: GeneratorReport | null
}

/** What one pool has on this worker: its loads, and its clock. */
export class PoolSession {
  readonly #parts: PoolSessionParts
  readonly #loads = new Map<string, Carried>()
  readonly #clock = new ClockOffset()
  readonly #pings = new Map<number, number>()
  #pinged = 0

  constructor(parts: PoolSessionParts) {
    this.#parts = parts
  }

  /** Loads that are carried for it. */
  get loads(): number {
    return this.#loads.size
  }

  receive(message: PoolMessage): void {
    switch (message.kind) {
      case 'prepare':
        return this.#prepare(message)
      case 'command':
        return this.#loads.get(message.load)?.load.send(commandHere(message.command, this.#offsetUs))
      case 'probe':
        return this.#parts.send({ kind: 'present', probe: message.probe })
      case 'pong':
        return this.#pong(message.ping, message.atUs)
      case 'end':
        return void this.#end(message.load, ENDED)
    }
  }

  /** Asks the pool for its time; its answer also tells that it is there. */
  ping(): void {
    const ping = ++this.#pinged
    this.#pings.delete(ping - MOST_OPEN_PINGS)
    this.#pings.set(ping, this.#parts.clockUs())
    this.#parts.send({ kind: 'ping', ping })
  }

  /** Ends all loads. */
  async end(reason: string): Promise<void> {
    await Promise.all([...this.#loads.keys()].map((load) => this.#end(load, reason)))
  }

  get #offsetUs(): number {
    return this.#clock.best?.offsetUs ?? 0
  }

  #prepare({ load, command, files }: Extract<PoolMessage, { kind: 'prepare' }>): void {
    const reason = this.#loads.has(load) ? 'it carries this load already' : this.#parts.decline(command)
    if (reason !== null) return this.#parts.send({ kind: 'declined', load, reason })
    const carried: Carried = {
      ready: null,
      load: this.#parts.carry(command, files, {
        report: (report) => this.#report(load, carried, report),
        output: (text) => this.#parts.send({ kind: 'output', load, text }),
        gone: (why) => void this.#end(load, why),
      }),
    }
    this.#loads.set(load, carried)
    this.ping()
  }

  #report(load: string, carried: Carried, report: GeneratorReport): void {
    if (this.#loads.get(load) !== carried) return
    if (report.kind === 'ready' && this.#clock.count < PINGS_BEFORE_READY) carried.ready = report
    else this.#tell(load, report)
  }

  #tell(load: string, report: GeneratorReport): void {
    if (report.kind === 'ready') this.#parts.send({ kind: 'clock', load, ...this.#clock.best! })
    this.#parts.send({ kind: 'report', load, report: reportThere(report, this.#offsetUs) })
    this.#parts.reported(load, report)
  }

  /** One ping at a time: of several, the later ones would wait for the earlier. */
  #pong(ping: number, remoteUs: number): void {
    const sentUs = this.#pings.get(ping)
    if (sentUs === undefined) return
    this.#pings.delete(ping)
    this.#clock.add({ sentUs, receivedUs: this.#parts.clockUs(), remoteUs })
    if (this.#clock.count < PINGS_BEFORE_READY) return this.ping()
    for (const [load, carried] of this.#loads) {
      if (carried.ready === null) continue
      const { ready } = carried
      carried.ready = null
      this.#tell(load, ready)
    }
  }

  async #end(load: string, reason: string): Promise<void> {
    const carried = this.#loads.get(load)
    if (carried === undefined) return
    this.#loads.delete(load)
    await carried.load.end()
    this.#parts.send({ kind: 'gone', load, reason })
  }
}
