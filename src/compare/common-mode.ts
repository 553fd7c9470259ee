import type { CommonMode, Comparison } from '../domain/comparison.ts'
import { lastLooks } from '../domain/look.ts'
import type { SpecId } from '../domain/spec-id.ts'
import { madn, median } from '../stats/robust.ts'

/** Fewer specs that move alike are chance. */
const FEWEST = 4
/** Share of the specs that must move in one direction. */
const MOST = 0.8
/** Smallest median change that is told. */
const SMALLEST = Math.log(1.05)

/**
 * Most specs moved alike: rather than each of them, what they share has changed. `null` when they did not: fewer than four
 * could be compared, under four fifths moved one way, the median change is under 5 %, or the changes are as different from
 * each other as from none.
 */
export function commonMode(
  loads: readonly { readonly specId: SpecId; readonly comparison: Comparison | null }[],
): CommonMode | null {
  const changes = lastLooks(loads).flatMap(({ comparison }) => {
    const change = comparison?.metrics.find(({ metric }) => metric === 'latency.p50')?.change
    return change === undefined || !Number.isFinite(change) || change <= -1 ? [] : [Math.log1p(change)]
  })
  const of = changes.length
  if (of < FEWEST) return null
  const middle = median(changes)
  const alike = changes.filter((change) => Math.sign(change) === Math.sign(middle)).length
  if (Math.abs(middle) < SMALLEST || alike < MOST * of || madn(changes) > Math.abs(middle) / 2) return null
  return { alike, of, change: Math.expm1(middle) }
}
