/*
 * How much a metric varies from run to run when nothing has changed.
 *
 * Model: the logarithm of a recorded value is the level + run-to-run noise + sampling noise within the run. One run says
 * nothing of the run-to-run part, so it is assumed until five comparable runs are there; from then on it is measured:
 * the variance of the logarithms, winsorised at the median +- 2.5 MADN so that a wild run does not blind the comparison,
 * less the sampling variance that the intervals tell, shrunk towards the assumed value as if that stood on NU_0 = 4
 * degrees of freedom (Smyth, Stat. Appl. Genet. Mol. Biol. 3(1), 2004).
 * Assumes: log-normal runs of one level. A reference that spans a change of level looks noisy and finds less.
 * Fails for: an assumed value that is far too low for the machine; alarms are then too frequent for about ten runs.
 */
import { winsorise } from '../stats/robust.ts'

/** Run-to-run coefficient of variation until it can be measured. */
export const ASSUMED_RUN_CV = 0.05
/** Runs from which the noise is measured. */
export const RUNS_TO_MEASURE = 5
const NU_0 = 4

export interface RunNoise {
  /** Coefficient of variation from run to run, sampling within a run not included. */
  readonly cv: number
  readonly source: 'assumed' | 'measured'
  /** Degrees of freedom that the value stands on. */
  readonly df: number
}

/**
 * @param logs logarithms of the metric in comparable runs
 * @param samplingVariance mean variance of those logarithms within a run
 */
export function runNoise(logs: readonly number[], samplingVariance: number, assumedCv: number): RunNoise {
  if (logs.length < RUNS_TO_MEASURE) return { cv: assumedCv, source: 'assumed', df: NU_0 }
  const kept = winsorise(logs)
  const centre = kept.reduce((sum, value) => sum + value, 0) / kept.length
  const nu = kept.length - 1
  const variance = kept.reduce((sum, value) => sum + (value - centre) ** 2, 0) / nu
  const ofRuns = Math.max(0, variance - samplingVariance)
  return {
    cv: Math.sqrt((NU_0 * assumedCv ** 2 + nu * ofRuns) / (NU_0 + nu)),
    source: 'measured',
    df: NU_0 + nu,
  }
}
