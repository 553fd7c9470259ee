import { Iterations, type IterationStart } from '../../src/generator/iterations.ts'
import type { LoadDriver } from '../../src/generator/load-driver.ts'
import { LoadRecords } from '../../src/generator/load-records.ts'
import { Recorder } from '../../src/generator/recorder.ts'
import type { Timeline } from '../../src/plan/timeline.ts'
import { windowAt } from '../../src/plan/timeline.ts'
import { observation } from './observation.ts'

/** One iteration as a virtual load saw it. */
export type VirtualIteration = IterationStart & { readonly endedAt: number }

/** Time, iterations that last a known time, and a driver: a load without sockets and without waiting. */
export class VirtualLoad {
  nowUs = 0
  timeline: Timeline
  readonly done: VirtualIteration[] = []
  readonly recorder: Recorder
  readonly records: LoadRecords
  readonly iterations: Iterations
  mostInFlight = 0
  readonly #ends: { atUs: number; end: () => void }[] = []

  constructor(timeline: Timeline, serviceUs: (iteration: IterationStart) => number) {
    this.timeline = timeline
    const windowOf = (us: number): number => windowAt(this.timeline, us)
    this.recorder = new Recorder({ windowAt: windowOf, openLoad: true, slo: null })
    this.records = new LoadRecords('get', this.recorder, () => this.nowUs)
    this.iterations = new Iterations(
      {
        start: (iteration, ended) => {
          const sentAt = this.nowUs
          let over = false
          const end = (): void => {
            if (over) return
            over = true
            const { scheduledAt, dispatchedAt } = iteration
            this.done.push({ ...iteration, endedAt: this.nowUs })
            this.records.iterationEnded({
              observation: observation({ scheduledAt, dispatchedAt, sentAt, endedAt: this.nowUs }),
              gaps: [],
            })
            ended()
          }
          this.#ends.push({ atUs: this.nowUs + serviceUs(iteration), end })
          return { abort: end }
        },
      },
      () => {},
    )
  }

  /** Lets time pass: fires what is due and ends what is over, in order. */
  run(driver: LoadDriver, untilUs: number): void {
    for (;;) {
      this.mostInFlight = Math.max(this.mostInFlight, this.iterations.inFlight)
      this.#ends.sort((a, b) => a.atUs - b.atUs)
      const endUs = this.#ends[0]?.atUs ?? Infinity
      const nextUs = Math.min(endUs, driver.dueUs)
      if (nextUs > untilUs || nextUs === Infinity) break
      this.nowUs = Math.max(this.nowUs, nextUs)
      if (endUs <= driver.dueUs) this.#ends.shift()!.end()
      else driver.fire(this.nowUs)
    }
    if (untilUs !== Infinity) this.nowUs = Math.max(this.nowUs, untilUs)
  }
}
