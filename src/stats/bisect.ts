/**
 * Where a rising predicate turns true between `low` (false) and `high` (true), to the last bit that halving reaches.
 * The inverses of this folder are monotone and cheap, so halving needs no derivative and cannot diverge.
 */
export function bisect(low: number, high: number, reached: (x: number) => boolean): number {
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (reached(middle)) high = middle
    else low = middle
  }
  return high
}
