import { changePoints } from '../../src/stats/change-points.ts'
import { crept } from '../../src/stats/ewma-chart.ts'
import type { Random } from './random.ts'
import { type RunModel, Runs } from './run-model.ts'

/** False alarms for each hundred runs of a history on which nothing changes, looked at after every run. */
export interface SweepAlarms {
  readonly changePoints: number
  readonly creep: number
}

/** Two points this close together are one that has moved as runs came in. */
const SAME = 2

export function sweepAlarms(model: RunModel, histories: number, length: number, random: Random): SweepAlarms {
  let [points, creep] = [0, 0]
  for (let i = 0; i < histories; i++) {
    const runs = new Runs(model, random)
    const values: number[] = []
    const seen: number[] = []
    let creeping = false
    for (let k = 0; k < length; k++) {
      values.push(Math.exp(runs.next()))
      const found = changePoints(values)
      for (const { index } of found) {
        if (seen.some((other) => Math.abs(other - index) <= SAME)) continue
        seen.push(index)
        points++
      }
      const creeps = crept(values.slice(found.at(-1)?.index ?? 0)) !== null
      if (creeps && !creeping) creep++
      creeping = creeps
    }
  }
  const hundreds = (histories * length) / 100
  return { changePoints: points / hundreds, creep: creep / hundreds }
}

/** Share of changes by `factor` after `before` runs that are found, at most three runs off, `after` runs later. */
export function sweepPower(
  model: RunModel,
  factor: number,
  [before, after]: readonly [number, number],
  trials: number,
  random: Random,
): number {
  let found = 0
  for (let i = 0; i < trials; i++) {
    const runs = new Runs(model, random)
    const values = Array.from({ length: before + after }, (_, k) => Math.exp(runs.next()) * (k < before ? 1 : factor))
    if (changePoints(values).some(({ index }) => Math.abs(index - before) <= 3)) found++
  }
  return found / trials
}

/** Share of histories that rise by `factor` over 30 runs, a little each time, in which the creep is told. */
export function creepPower(model: RunModel, factor: number, trials: number, random: Random): number {
  let found = 0
  for (let i = 0; i < trials; i++) {
    const runs = new Runs(model, random)
    const values = Array.from({ length: 40 }, (_, k) => Math.exp(runs.next()) * factor ** (Math.max(0, k - 10) / 30))
    if (crept(values) !== null) found++
  }
  return found / trials
}
