import { type HostedEnd, HostedLoad, type HostedLoadParts } from './hosted-load.ts'
import type { MonitorRun } from '../monitor/monitor-run.ts'
import { monitorsOf } from '../monitor/monitors-of.ts'
import type { PlannedLoad } from './protocol.ts'

/** Hears of times in absolute microseconds; `openUs` is `null` until it is known. */
type RunningListener = (startUs: number, openUs: number | null) => void

/**
 * Loads that run together: one load, or one for each service. All generators are ready before any starts, all start at
 * the same time zero, and what ends one of them early ends all. Each has its own numbers, and ends when its own plan
 * does: the group ends with the last.
 */
export class LoadGroup {
  readonly #parts: HostedLoadParts
  readonly #loads: readonly HostedLoad[]
  /** What is watched, by the plan for it: services that watch the same share it. */
  readonly #monitors = new Map<string, { readonly run: MonitorRun; readonly idleUs: number }>()
  /** The load that ended early by itself; the others only followed. */
  #first: PlannedLoad | null = null
  /** When the windows open that are known to, since the run's start. */
  readonly #opens: number[] = []
  #running: RunningListener = () => undefined
  #startUs = 0
  /** Time zero of the loads, which began earlier where they go on after a break. */
  #zeroUs = 0

  constructor(planned: readonly PlannedLoad[], parts: HostedLoadParts) {
    this.#parts = parts
    this.#loads = planned.map(
      (load) =>
        new HostedLoad(load, parts, {
          together: planned.length,
          monitors: this.#monitorsOf(load),
          opens: (atUs) => this.#windowOpens(atUs),
          endedEarly: (reason) => {
            this.#first ??= load
            this.abort(load.service === null ? reason : `service ${load.service}: ${reason}`)
          },
        }),
    )
  }

  /** Ends all loads early; what was measured so far is kept. */
  abort(reason: string): void {
    this.#monitors.forEach(({ run }) => run.stop())
    for (const load of this.#loads) load.abort(reason)
  }

  /**
   * From bundles to measurements, in the order of the loads. Nothing of them lives afterwards.
   * @param running hears when the loads start, and when the last of their windows opens
   * @throws LoadError `load-aborted` when generators could not be started, `scenario-failed` when a scenario could not be loaded
   */
  async run(running: RunningListener): Promise<readonly HostedEnd[]> {
    this.#running = running
    try {
      await Promise.all(Array.from(this.#monitors.values(), watchIdle))
      await this.#prepare()
      this.#startUs = this.#parts.nowUs() + this.#parts.engine.headStartUs
      this.#zeroUs = this.#startUs - Math.max(...this.#loads.map((load) => load.begin()))
      running(this.#zeroUs, null)
      return await Promise.all(this.#loads.map((load) => load.run(this.#startUs)))
    } finally {
      this.#monitors.forEach(({ run }) => run.stop())
      await Promise.all(this.#loads.map((load) => load.close()))
    }
  }

  #monitorsOf({ plan }: PlannedLoad): MonitorRun | null {
    const key = JSON.stringify(plan.monitors)
    const known = this.#monitors.get(key)
    if (known !== undefined) return known.run
    const run = monitorsOf(plan.monitors, this.#parts.nowUs)
    // Loads of a procedure follow each other: the machine is not idle between them, and none of them may wait.
    const alone = plan.part === undefined && plan.progress === undefined
    if (run !== null) this.#monitors.set(key, { run, idleUs: alone ? plan.monitors.idleUs : 0 })
    return run
  }

  #windowOpens(atUs: number): void {
    this.#opens.push(atUs)
    if (this.#opens.length === this.#loads.length) this.#running(this.#zeroUs, this.#startUs + Math.max(...this.#opens))
  }

  /** Waits for all, also after a failure: one that still starts processes must not be closed yet. */
  async #prepare(): Promise<void> {
    const failures = new Map<PlannedLoad, unknown>()
    await Promise.all(
      this.#loads.map(async (load) => {
        try {
          await load.prepare()
        } catch (error) {
          failures.set(load.asked, error)
          this.#first ??= load.asked
          this.abort(`${load.asked.service ?? 'the load'} could not be started`)
        }
      }),
    )
    if (failures.size > 0) throw failures.get(this.#first!) ?? [...failures.values()][0]
  }
}

async function watchIdle({ run, idleUs }: { readonly run: MonitorRun; readonly idleUs: number }): Promise<void> {
  await run.start()
  if (idleUs > 0) await run.idle(idleUs)
}
