import type { MixDealer } from '../plan/mix-dealer.ts'
import type { IterationRunner, IterationStart, RunningIteration } from './iterations.ts'

/** Runs the parts of a mix: each iteration by the part that it falls to, under its number there. */
export class MixIterations implements IterationRunner {
  readonly #dealer: MixDealer
  readonly #parts: readonly IterationRunner[]

  constructor(dealer: MixDealer, parts: readonly IterationRunner[]) {
    this.#dealer = dealer
    this.#parts = parts
  }

  start(iteration: IterationStart, ended: () => void): RunningIteration {
    const { part, number } = this.#dealer.deal(iteration.k)
    return this.#parts[part]!.start({ ...iteration, k: number }, ended)
  }
}
