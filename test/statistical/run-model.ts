import type { Random } from './random.ts'

/**
 * The model of runs that the reliability goals are stated in: half of the variance belongs to the job (with
 * autocorrelation .3 from job to job), half to the run; one run in twenty is 15 to 60 % slower for no reason.
 */
export interface RunModel {
  /** Coefficient of variation from run to run. */
  readonly cv: number
  /** Share of the variance that the job brings; what is left varies from run to run within it. @default 0.5 */
  readonly jobShare?: number
  /** @default 0.05 */
  readonly outliers?: number
}

const JOB_AUTOCORRELATION = 0.3

/** Runs of one target over many jobs, as logarithms around 0. */
export class Runs {
  readonly #random: Random
  readonly #job: number
  readonly #run: number
  readonly #outliers: number
  #state: number

  constructor({ cv, jobShare = 0.5, outliers = 0.05 }: RunModel, random: Random) {
    this.#random = random
    this.#job = cv * Math.sqrt(jobShare)
    this.#run = cv * Math.sqrt(1 - jobShare)
    this.#outliers = outliers
    this.#state = random.normal()
  }

  /** The next job's first run. */
  next(): number {
    this.#state = JOB_AUTOCORRELATION * this.#state + Math.sqrt(1 - JOB_AUTOCORRELATION ** 2) * this.#random.normal()
    return this.again()
  }

  /** Another run in the same job. */
  again(): number {
    const wild = this.#random.uniform() < this.#outliers ? Math.log(1.15 + 0.45 * this.#random.uniform()) : 0
    return this.#job * this.#state + this.#run * this.#random.normal() + wild
  }
}
