import { type HostedEnd, HostedLoad, type HostedLoadParts } from './hosted-load.ts'
import { HEAD_START_US } from './load-run.ts'
import type { PlannedLoad } from './protocol.ts'

/**
 * Loads that run together: one load, or one for each service. All generators are ready before any starts, all start at
 * the same time zero, and what ends one of them early ends all. Each has its own numbers, and ends when its own plan
 * does: the group ends with the last.
 */
export class LoadGroup {
  readonly #parts: HostedLoadParts
  readonly #loads: readonly HostedLoad[]
  /** The load that ended early by itself; the others only followed. */
  #first: PlannedLoad | null = null

  constructor(planned: readonly PlannedLoad[], parts: HostedLoadParts) {
    this.#parts = parts
    this.#loads = planned.map(
      (load) =>
        new HostedLoad(load, parts, {
          together: planned.length,
          endedEarly: (reason) => {
            this.#first ??= load
            this.abort(load.service === null ? reason : `service ${load.service}: ${reason}`)
          },
        }),
    )
  }

  /** Ends all loads early; what was measured so far is kept. */
  abort(reason: string): void {
    for (const load of this.#loads) load.abort(reason)
  }

  /**
   * From bundles to measurements, in the order of the loads. Nothing of them lives afterwards.
   * @throws LoadError `load-aborted` when generators could not be started, `scenario-failed` when a scenario could not be loaded
   */
  async run(): Promise<readonly HostedEnd[]> {
    try {
      await this.#prepare()
      const startUs = this.#parts.nowUs() + HEAD_START_US
      return await Promise.all(this.#loads.map((load) => load.run(startUs)))
    } finally {
      await Promise.all(this.#loads.map((load) => load.close()))
    }
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
