import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterPackages } from '../cluster/cluster-packages.ts'
import { type LocustCodec, locustCodec } from '../cluster/locust-codec.ts'
import { masterSockets, type OpenMasterSocket } from '../cluster/master-socket.ts'
import { envelopeKeys } from '../cluster/sealed-envelope.ts'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { mostGenerators } from '../plan/resolve-load.ts'
import type { Engine, GeneratorTeam, TeamListener } from '../pool/engine.ts'
import { MasterLink } from './master-link.ts'
import { WorkerTeam } from './worker-team.ts'

/** A Locust master that runs. */
export interface RunningMaster {
  /** `tcp://host:port` */
  readonly address: string
  /** For people: what workers are started with. */
  readonly workersAt: string
  /** Continues `the Locust master ...` when it has ended by itself; `null` while it runs, or where nobody knows. */
  readonly endReason: string | null
  /** Ends it when it was started for this run. */
  close(): Promise<void>
}

/** What the engine works with. */
export interface LocustEngineParts {
  /** Starts the master, or says where it is. @throws LoadError */
  readonly master: () => Promise<RunningMaster>
  /** What pool and workers share. @throws LoadError `invalid-option` */
  readonly secret: () => string
  readonly minWorkers: number
  readonly toleratesLost: boolean
  /** How long to wait for workers, microseconds. */
  readonly waitForUs: number
  /** Of this package. */
  readonly version: string
  readonly nowUs: () => number
  readonly wallMs: () => number
  readonly note: (message: string) => void
  /** Connections and bytes; the packages for them are loaded when there is a load. @default ZeroMQ and msgpack */
  readonly wire?: (address: string) => Promise<{ readonly open: OpenMasterSocket; readonly codec: LocustCodec }>
}

interface Connection {
  readonly master: RunningMaster
  readonly link: MasterLink
  readonly ticking: NodeJS.Timeout
}

const TICK_MS = 1000
const POLL_MS = 100
const PROBE_EVERY_POLLS = 4
/** How long a master may take to answer for the first time. */
const MASTER_WITHIN_US = 10e6

/**
 * Generators are workers of a Locust cluster. Locust knows who is there and shows how it goes; who carries which part is
 * dealt here, as for local processes: an arrival is in exactly one hand, also while a lost worker's part changes hands,
 * and what was lost in between is counted. Locust's own rebalancing moves users and forgets theirs.
 */
export class LocustEngine implements Engine {
  readonly isRemote = true
  /** Two legs over the network, and a turn of the master's event loop for each worker. */
  readonly headStartUs = 500_000
  /**
   * A worker that is cut off lets go of its load after 3.25 s at most, and its last report may have been a second old: what
   * is dealt on after this is carried once.
   */
  readonly silentAfterMs = 4250
  readonly #parts: LocustEngineParts
  #connection: Promise<Connection> | null = null
  #link: MasterLink | null = null
  /** Parts of loads that run now: what Locust shows as users. */
  readonly #running = new Map<string, number>()

  constructor(parts: LocustEngineParts) {
    this.#parts = parts
  }

  async place(plans: readonly LoadPlan[], signal: AbortSignal): Promise<readonly LoadPlan[]> {
    const connection = await this.#connected()
    const workers = await this.#workers(connection, signal)
    const cluster = { toleratesLost: this.#parts.toleratesLost }
    return plans.map((plan) => ({
      ...plan,
      generators: Math.min(workers, mostGenerators(plan)),
      onLostGenerator: 'redeal',
      cluster,
    }))
  }

  team(plan: LoadPlan, listener: TeamListener): GeneratorTeam {
    const load = randomUUID()
    const link = this.#link!
    const workers = link.present.slice(0, plan.generators)
    const team = new WorkerTeam(
      plan,
      {
        link,
        load,
        workers,
        started: () => this.#shows(load, workers.length),
        ended: () => this.#shows(load, 0),
        note: this.#parts.note,
      },
      listener,
    )
    if (workers.length < plan.generators)
      listener.stopped(`the load needs ${plan.generators} workers, and ${workers.length} are left`)
    return team
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null)
    this.#connection = null
    this.#link = null
    if (connection == null) return
    clearInterval(connection.ticking)
    await connection.link.close()
    await connection.master.close()
  }

  #connected(): Promise<Connection> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      // The next load may find what was missing.
      this.#connection = null
      throw error
    })
    return this.#connection
  }

  async #connect(): Promise<Connection> {
    const { secret, version, nowUs, wallMs, note, wire = overZeromq } = this.#parts
    const keys = envelopeKeys(secret())
    const master = await this.#parts.master()
    const { open, codec } = await wire(master.address)
    const link = new MasterLink({ open, codec, keys, nodeId: `control-${randomUUID()}`, version, nowUs, wallMs, note })
    this.#link = link
    const ticking = setInterval(() => link.tick(), TICK_MS)
    ticking.unref()
    return { master, link, ticking }
  }

  /** Waits for enough workers. @returns how many there are */
  async #workers({ master, link }: Connection, signal: AbortSignal): Promise<number> {
    const { minWorkers, waitForUs, nowUs, note } = this.#parts
    const sinceUs = nowUs()
    let told = -1
    for (let polls = 0; ; polls++) {
      signal.throwIfAborted()
      if (polls % PROBE_EVERY_POLLS === 0) link.probe()
      const count = link.present.length
      if (count >= minWorkers) return count
      if (master.endReason !== null) throw new LoadError('load-aborted', `the Locust master ${master.endReason}`)
      const elapsedUs = nowUs() - sinceUs
      const start = `npx vitest-perf worker --master ${master.workersAt}`
      if (!link.isThere) {
        if (elapsedUs > Math.min(waitForUs, MASTER_WITHIN_US))
          throw new LoadError(
            'load-aborted',
            `no Locust master with the locustfile of vitest-perf at ${master.address}`,
            {
              hint: 'start it with: locust --master -f node_modules/vitest-perf/dist/locustfile.py',
            },
          )
      } else if (elapsedUs > waitForUs) {
        throw new LoadError(
          'load-aborted',
          `${count} of ${minWorkers} workers were there within ${waitForUs / 1e6} s`,
          { hint: `start workers with: ${start}` },
        )
      } else if (told !== count && elapsedUs > 1e6) {
        told = count
        note(`waiting for workers: ${count} of ${minWorkers} are there; start them with: ${start}`)
      }
      await sleep(POLL_MS)
    }
  }

  /** Locust's web page shows what runs as users of a test. */
  #shows(load: string, users: number): void {
    if (users > 0) this.#running.set(load, users)
    else if (!this.#running.delete(load)) return
    const sum = [...this.#running.values()].reduce((total, each) => total + each, 0)
    this.#link?.control(sum > 0 ? { do: 'start', users: sum } : { do: 'stop' })
  }
}

async function overZeromq(address: string): Promise<{ open: OpenMasterSocket; codec: LocustCodec }> {
  const packages = await clusterPackages()
  return { open: masterSockets(packages, address), codec: locustCodec(packages) }
}
