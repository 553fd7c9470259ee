import type { Measurement } from '../measure/measurement.ts'

/** A part of a procedure, whose loads are named after it. */
export interface ProcedurePart {
  readonly label: string
  /** For the live line. */
  readonly progress: string
  /** Loads without a label of their own so far. */
  asked: number
  readonly runs: Measurement[]
}
