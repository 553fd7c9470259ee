/*
 * How much less the requests of a run tell than as many independent ones would. Queues, caches and neighbours make the
 * seconds of a run alike; an interval by order statistics counts every request as if it stood alone, and 29 to 45 % of
 * unchanged targets are then called changed at 1 % (test/statistical/recorded-intervals.test.ts).
 *
 * Method: circular block bootstrap over the measured seconds (stats/bootstrap.ts). The mean of the logarithms of the
 * seconds' medians stands for a run's median, that of their p99 for its tail, their mean count for its rates: what these
 * vary, the run's own figures vary at least.
 * Fails for: fewer than 30 seconds, which tell nothing of it. Swings longer than a block of seconds (8 in a minute, 31 in
 * an hour) are seen in part.
 */
import type { SecondBucket } from '../domain/measurement.ts'
import { blockVarianceOfMean } from '../stats/bootstrap.ts'
import { mean } from '../stats/sample.ts'

/** Variances of logarithms; `null` where the seconds are too few to tell. */
export interface SecondNoise {
  readonly median: number | null
  readonly tail: number | null
  readonly rate: number | null
}

/** Reads the seconds of the measured windows. */
export function secondNoise(buckets: readonly SecondBucket[]): SecondNoise {
  const measured = buckets.filter(({ phase }) => phase === 'measure')
  const logs = (of: (bucket: SecondBucket) => number | null): number[] =>
    measured.flatMap((bucket) => {
      const value = of(bucket)
      return value === null || value <= 0 ? [] : [Math.log(value)]
    })
  const counts = measured.map(({ completed }) => completed)
  const ofCounts = blockVarianceOfMean(counts)
  return {
    median: blockVarianceOfMean(logs(({ latencyP50Us }) => latencyP50Us)),
    tail: blockVarianceOfMean(logs(({ latencyP99Us }) => latencyP99Us)),
    rate: ofCounts === null || mean(counts) === 0 ? null : ofCounts / mean(counts) ** 2,
  }
}
