/*
 * Many hypotheses at once: what each must reach so that the whole keeps its promise.
 *
 * Holm's step-down procedure (Scand. J. Stat. 6, 1979) bounds the chance of *any* false rejection, whatever the
 * dependence: for what fails a test. Benjamini and Hochberg's (JRSS B 57, 1995) bounds the expected *share* of false ones
 * among the rejected: for the rows of a report. Theirs assumes independent or positively dependent hypotheses.
 */

/**
 * The level at which each hypothesis is tested so that the chance of any false rejection stays under `alpha`. A hypothesis
 * is rejected when its p value is under its level; those after the first that is not share that one's level.
 */
export function holmLevels(pValues: readonly number[], alpha: number): readonly number[] {
  const levels: number[] = pValues.map(() => alpha)
  let level = alpha / pValues.length
  let rejecting = true
  ascending(pValues).forEach((index, rank) => {
    if (rejecting) level = alpha / (pValues.length - rank)
    levels[index] = level
    rejecting &&= pValues[index]! < level
  })
  return levels
}

/** Which hypotheses to reject so that at most the share `q` of the rejected ones is expected to be true. */
export function falseDiscoveries(pValues: readonly number[], q: number): readonly boolean[] {
  const n = pValues.length
  const order = ascending(pValues)
  const last = order.findLastIndex((index, rank) => pValues[index]! <= ((rank + 1) / n) * q)
  const rejected = new Set(order.slice(0, last + 1))
  return pValues.map((_, i) => rejected.has(i))
}

function ascending(pValues: readonly number[]): readonly number[] {
  return pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
}
