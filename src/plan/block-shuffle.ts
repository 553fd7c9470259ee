import { type Random, seededRandom } from '../domain/random.ts'

/** Blocks that are kept: the one that arrivals are dealt from, and those of arrivals that wait. */
const KEPT_BLOCKS = 4

/**
 * Cuts an endless sequence into blocks of `size` and shuffles each: position k stands for a value from 0 to size - 1, and
 * every value comes once in each block. A function of k and the seed alone, so any number of generators sees the same.
 */
export class BlockShuffle {
  readonly #size: number
  readonly #seed: number
  readonly #kept = new Map<number, Uint32Array>()

  constructor(size: number, seed: number) {
    this.#size = size
    this.#seed = seed
  }

  at(k: number): number {
    return this.block(Math.floor(k / this.#size))[k % this.#size]!
  }

  /** The values of one block, in order. */
  block(number: number): Uint32Array {
    let values = this.#kept.get(number)
    if (values === undefined) {
      values = shuffled(this.#size, seededRandom(this.#seed, number))
      this.#kept.set(number, values)
      if (this.#kept.size > KEPT_BLOCKS) this.#kept.delete(this.#kept.keys().next().value!)
    }
    return values
  }
}

/** The numbers from 0 to size - 1 in random order. Method: Fisher-Yates. */
function shuffled(size: number, random: Random): Uint32Array {
  const values = Uint32Array.from({ length: size }, (_, i) => i)
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const value = values[i]!
    values[i] = values[j]!
    values[j] = value
  }
  return values
}
