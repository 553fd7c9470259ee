import { BlockShuffle } from './block-shuffle.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'

/** Largest sum of whole weights that are kept exactly: a block of that size is shuffled at once. */
const LARGEST_EXACT_BLOCK = 10_000
/** Iterations that are drawn at once where weights are not kept exactly. */
const DRAWN_BLOCK = 256
/** Blocks that are kept: the one that is dealt, and those of arrivals that still wait. */
const KEPT_BLOCKS = 4

/** Whose turn an iteration is. */
interface Dealt {
  /** Index of the part. */
  readonly part: number
  /** How many iterations of this part come before it: its number among its own. */
  readonly number: number
}

interface Block {
  readonly parts: Uint32Array
  /** How many of the same part stand before each in the block. */
  readonly ranks: Uint32Array
}

/**
 * Deals the iterations of a load to weighted parts. Iteration k falls to the same part, with the same number there,
 * whatever generator asks: it is a function of k and the seed alone.
 *
 * Whole weights are cards in a pack: each block of as many iterations as they add up to holds every part exactly so many
 * times, in an order of its own. Other weights, and whole ones that add up to more than 10,000, are drawn independently.
 */
export class MixDealer {
  readonly #weights: readonly number[]
  readonly #size: number
  readonly #exact: boolean
  readonly #seed: number
  readonly #cards: readonly number[]
  readonly #shuffle: BlockShuffle
  readonly #blocks = new Map<number, Block>()
  /** Drawn blocks only: how many of each part come before block i. */
  readonly #before: Uint32Array[] = []

  constructor(weights: readonly number[], seed: number) {
    const sum = weights.reduce((total, weight) => total + weight, 0)
    this.#weights = weights
    this.#exact = weights.every(Number.isInteger) && sum <= LARGEST_EXACT_BLOCK
    this.#size = this.#exact ? sum : DRAWN_BLOCK
    this.#seed = purposeSeed(seed, 'mix')
    this.#cards = this.#exact ? weights.flatMap((weight, part) => Array<number>(weight).fill(part)) : []
    this.#shuffle = new BlockShuffle(this.#size, this.#seed)
  }

  deal(k: number): Dealt {
    const at = Math.floor(k / this.#size)
    const block = this.#block(at)
    const part = block.parts[k % this.#size]!
    const before = this.#exact ? at * this.#weights[part]! : this.#countBefore(at)[part]!
    return { part, number: before + block.ranks[k % this.#size]! }
  }

  #block(at: number): Block {
    const known = this.#blocks.get(at)
    if (known !== undefined) return known
    const parts = this.#exact ? this.#shuffle.block(at).map((card) => this.#cards[card]!) : this.#drawn(at)
    const seen = new Uint32Array(this.#weights.length)
    const block = { parts, ranks: parts.map((part) => seen[part]!++) }
    this.#blocks.set(at, block)
    if (this.#blocks.size > KEPT_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!)
    return block
  }

  #drawn(at: number): Uint32Array {
    const random = seededRandom(this.#seed, at)
    const sum = this.#weights.reduce((total, weight) => total + weight, 0)
    return Uint32Array.from({ length: DRAWN_BLOCK }, () => {
      let left = random() * sum
      const part = this.#weights.findIndex((weight) => (left -= weight) < 0)
      return part < 0 ? this.#weights.length - 1 : part
    })
  }

  #countBefore(at: number): Uint32Array {
    for (let block = this.#before.length; block <= at; block++) {
      const before = Uint32Array.from(this.#before[block - 1] ?? this.#weights, (count) => (block === 0 ? 0 : count))
      if (block > 0) for (const part of this.#block(block - 1).parts) before[part]!++
      this.#before.push(before)
    }
    return this.#before[at]!
  }
}
