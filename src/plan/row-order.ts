import type { RequestPlan } from '../domain/scenario.ts'
import { BlockShuffle } from './block-shuffle.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'

/**
 * Which row of its data request k of a user takes: a function of k, the user and the seed, so that any number of
 * generators sends the same rows.
 */
export function rowOrder(
  { name, data, dataOrder }: Pick<RequestPlan, 'name' | 'data' | 'dataOrder'>,
  seed: number,
): (k: number, user: number) => number {
  const rows = 'path' in data ? data.rows : data.length
  // Two parts of a mix with as many rows do not draw alike.
  const own = purposeSeed(seed, `rows of ${name}`)
  switch (dataOrder) {
    case 'shuffled': {
      const order = new BlockShuffle(rows, own)
      // Some milliseconds for many rows: not in the time of the first request.
      order.block(0)
      return (k) => order.at(k)
    }
    case 'random':
      return (k) => Math.floor(seededRandom(own, k)() * rows)
    case 'unique':
      return (_k, user) => user
    default:
      return (k) => k % rows
  }
}
