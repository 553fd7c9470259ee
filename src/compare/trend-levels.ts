import type { Trend, TrendChange } from '../domain/comparison.ts'
import { changePoints } from '../stats/change-points.ts'
import { crept } from '../stats/ewma-chart.ts'
import type { Version } from './trend-version.ts'

/**
 * Where the level of a trend changed, and whether it crept since, by all runs behind its points. Nothing where a value
 * is 0, which has no logarithm.
 * @param labels of the versions
 */
export function levelsOf(
  versions: readonly Version[],
  labels: readonly string[],
  better: 'lower' | 'higher',
): Pick<Trend, 'changes' | 'creep'> {
  const values = versions.flatMap((version) => version.values)
  if (!values.every((value) => value > 0)) return { changes: [], creep: null }
  const versionOfRun = versions.flatMap((version, i) => version.values.map(() => i))
  const found = changePoints(values)
  return {
    changes: found.map(({ index, before, after, change }): TrendChange => ({
      index: versionOfRun[index]!,
      label: labels[versionOfRun[index]!]!,
      before,
      after,
      change,
      better: better === 'lower' ? change < 0 : change > 0,
    })),
    creep: crept(values.slice(found.at(-1)?.index ?? 0)),
  }
}
