import type { TraceTimes } from '../domain/load-plan.ts'
import type { ArrivalTimes, Lane } from './pacer.ts'

/** The arrivals of one lane of a trace. The number of an arrival is that of its row, so that it gets the row's data. */
export class TracePacer implements ArrivalTimes {
  readonly #trace: TraceTimes
  readonly #lane: Lane
  #at: number

  constructor(trace: TraceTimes, lane: Lane) {
    this.#trace = trace
    this.#lane = lane
    this.#at = lane.index
  }

  get nextUs(): number {
    return this.#trace.timesUs[this.#at] ?? Infinity
  }

  get k(): number {
    return this.#trace.rows?.[this.#at] ?? this.#at
  }

  advance(): void {
    this.#at += this.#lane.count
  }

  /** A trace takes its course whenever the window opens. */
  retime(): void {}
}
