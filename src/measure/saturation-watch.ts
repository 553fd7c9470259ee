/*
 * Is the target past its capacity? (`abortOn: { saturation: true }`)
 *
 * A target that is offered more than it can serve shows it twice: work piles up, and every answer takes longer than the
 * one before. Both must rise over the whole window, each by more than chance explains (p < .0015, see RisingWindow) and
 * by at least a quarter, and what piles up must be at least 5 % of what arrived.
 * Not judged: a window in which the asked level rises, because then both may rise with nothing wrong; one with a second
 * without a good answer or with fewer than 100 requests; one in which the target still answers more and more (a load
 * that has just begun fills up: answers that take long have not come yet, so that latency and work in flight rise until
 * they have).
 * In simulation (test/statistical): no alarm in 12 h below 90 % of the capacity and about one in 10 h at 95 %; at 120 %
 * found within 15 s in nine of ten loads of 100 requests/s and more.
 * Fails for: under 10 requests a second, where only a long window tells; an overload of under 5 %; users, whose load
 * adapts itself to the target; overload from the first second of a target whose answers take as long as the window.
 */
import { percentile } from '../domain/distribution.ts'
import { type Rise, RisingWindow } from '../stats/rising-window.ts'
import type { LiveSecond } from './live-seconds.ts'

const CHANCE = 0.0015
const RISE = 1.25
const PILED_UP = 0.05
const REQUESTS = 100
/** Answers of the second half of a window over those of the first: above this the target still speeds up. */
const FILLING = 1.1

/** Both rises of a saturated target. */
export interface Saturation {
  readonly backlog: Rise
  readonly latencyUs: Rise
}

/** Watches the seconds of a load for a target that is past its capacity. */
export class SaturationWatch {
  readonly #size: number
  readonly #backlog: RisingWindow
  readonly #latency: RisingWindow
  /** Requests that ended in each second of the window, and the asked level in it. */
  #seconds: { readonly ended: number; readonly level: number }[] = []

  /** @param seconds length of the window, from 2 */
  constructor(seconds: number) {
    this.#size = seconds
    this.#backlog = new RisingWindow(seconds)
    this.#latency = new RisingWindow(seconds)
  }

  /**
   * Takes the next second; what shows the saturation, `null` for none.
   * @param level asked rate or users
   */
  take({ latency, backlog, outcomes }: LiveSecond, level: number): Saturation | null {
    const medianUs = percentile(latency, 50)
    if (medianUs === null) {
      this.#backlog.clear()
      this.#latency.clear()
      this.#seconds = []
      return null
    }
    this.#seconds.push({ ended: outcomes.attempted, level })
    if (this.#seconds.length > this.#size + 1) this.#seconds.shift()
    const rises = { backlog: this.#backlog.add(backlog), latencyUs: this.#latency.add(medianUs) }
    if (rises.backlog === null || rises.latencyUs === null) return null
    return this.#isSaturated(rises.backlog, rises.latencyUs)
      ? { backlog: rises.backlog, latencyUs: rises.latencyUs }
      : null
  }

  #isSaturated(backlog: Rise, latency: Rise): boolean {
    const [first, ...window] = this.#seconds
    const half = Math.floor(window.length / 2)
    const early = sum(window.slice(0, half))
    const late = sum(window.slice(-half))
    const arrived = sum(window) + backlog.to - backlog.from
    return (
      window.every(({ level }) => level <= first!.level) &&
      arrived >= REQUESTS &&
      rises(backlog) &&
      rises(latency) &&
      backlog.to - backlog.from >= PILED_UP * arrived &&
      backlog.secondHalf >= backlog.firstHalf / 2 &&
      late - FILLING * early <= 2 * Math.sqrt(early + late)
    )
  }
}

function rises({ from, to, p }: Rise): boolean {
  return p < CHANCE && to >= RISE * Math.max(1, from)
}

function sum(seconds: readonly { readonly ended: number }[]): number {
  return seconds.reduce((total, { ended }) => total + ended, 0)
}
