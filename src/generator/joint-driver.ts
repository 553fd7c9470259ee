import type { Timeline } from '../plan/timeline.ts'
import type { LoadDriver, StopCause } from './load-driver.ts'

/** Drivers as one: a generator's own and those of lanes that it has taken over. */
export class JointDriver implements LoadDriver {
  readonly #drivers: LoadDriver[]

  constructor(first: LoadDriver) {
    this.#drivers = [first]
  }

  add(driver: LoadDriver): void {
    this.#drivers.push(driver)
  }

  get dueUs(): number {
    return this.#next().dueUs
  }

  get usersActive(): number {
    return this.#drivers.reduce((total, driver) => total + driver.usersActive, 0)
  }

  get queued(): number {
    return this.#drivers.reduce((total, driver) => total + driver.queued, 0)
  }

  get exhausted(): boolean {
    return this.#drivers.every((driver) => driver.exhausted)
  }

  fire(nowUs: number): void {
    this.#next().fire(nowUs)
  }

  retime(timeline: Timeline): void {
    for (const driver of this.#drivers) driver.retime(timeline)
  }

  stop(cause: StopCause): void {
    for (const driver of this.#drivers) driver.stop(cause)
  }

  abandon(): void {
    for (const driver of this.#drivers) driver.abandon()
  }

  #next(): LoadDriver {
    let next = this.#drivers[0]!
    for (const driver of this.#drivers) if (driver.dueUs < next.dueUs) next = driver
    return next
  }
}
