import type { Comparison } from '../domain/comparison.ts'
import { lastLooks } from '../domain/look.ts'
import type { SpecId } from '../domain/spec-id.ts'
import { falseDiscoveries } from '../stats/multiplicity.ts'

/** Share of the rows that stand out which may be there by chance. */
const FALSE_SHARE = 0.05

/** What of a run's REGRESSED may be chance. */
export interface ChanceRegressions<Load> {
  /** Loads that are REGRESSED and do not stand out among all that was compared. */
  readonly loads: readonly Load[]
  /** All that are REGRESSED. */
  readonly of: number
  /** Compared figures of all loads. */
  readonly rows: number
}

/**
 * Each load's verdict keeps its own chance of a false REGRESSED, which adds up over the loads of a run. Of the rows of the
 * whole report those stand out that Benjamini and Hochberg's procedure picks at 5 %; `null` where every REGRESSED is
 * among them.
 */
export function chanceRegressions<Load extends { readonly specId: SpecId; readonly comparison: Comparison | null }>(
  all: readonly Load[],
): ChanceRegressions<Load> | null {
  const loads = lastLooks(all)
  const rows = loads.flatMap((load) =>
    (load.comparison?.metrics ?? []).flatMap(({ pWorse, verdict }) =>
      pWorse === undefined ? [] : [{ load, pWorse, verdict }],
    ),
  )
  const standsOut = falseDiscoveries(
    rows.map(({ pWorse }) => pWorse),
    FALSE_SHARE,
  )
  const standing = new Set(
    rows.flatMap(({ load, verdict }, i) => (standsOut[i] && verdict === 'REGRESSED' ? [load] : [])),
  )
  const regressed = loads.filter(({ comparison }) => comparison?.verdict === 'REGRESSED')
  // Of figures that come without a p value nothing can be said.
  const chance = regressed.filter(
    (load) => !standing.has(load) && load.comparison!.metrics.some(({ pWorse }) => pWorse !== undefined),
  )
  return chance.length === 0 ? null : { loads: chance, of: regressed.length, rows: rows.length }
}
