import type { Speedup } from '../domain/concurrency.ts'
import { qps } from '../domain/series-rates.ts'
import type { Measurement } from '../measure/measurement.ts'
import { compareMeasurements } from './compare-measurements.ts'

/**
 * How much faster `users` users at once are served than one after the other, by good answers per second. Of an invalid
 * load nothing is known.
 */
export function speedupOf(sequential: Measurement, concurrent: Measurement, users: number): Speedup {
  const [alone, together] = [sequential, concurrent].map(({ series, validity }) =>
    validity.state === 'invalid' ? null : qps(series),
  )
  if (!alone || !together) {
    return { speedup: null, speedupInterval: null, efficiency: null }
  }
  const [metric] = compareMeasurements(concurrent, sequential, { metric: 'qps' }).metrics
  const change = metric?.changeInterval ?? null
  const speedup = together / alone
  return {
    speedup,
    speedupInterval: change === null ? null : [1 + change[0], 1 + change[1]],
    efficiency: speedup / users,
  }
}
