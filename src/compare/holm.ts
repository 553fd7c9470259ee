/**
 * Holm's step-down procedure (Scand. J. Stat. 6, 1979): the level at which each of several hypotheses is tested so that
 * the chance of any false rejection stays under `alpha`, whatever their dependence. A hypothesis is rejected when its
 * p value is under its level; those after the first that is not share that one's level.
 */
export function holmLevels(pValues: readonly number[], alpha: number): readonly number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
  const levels: number[] = pValues.map(() => alpha)
  let level = alpha / pValues.length
  let rejecting = true
  order.forEach((index, rank) => {
    if (rejecting) level = alpha / (pValues.length - rank)
    levels[index] = level
    rejecting &&= pValues[index]! < level
  })
  return levels
}
