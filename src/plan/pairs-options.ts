import * as z from 'zod'
import { optionsError } from '../domain/options-error.ts'
import type { LoadOptions } from './load-options.ts'
import { whole } from './load-schema.ts'

/** Options of `compare()`: those of every load of a pair, and how many pairs. */
export type PairsOptions = LoadOptions & {
  /** Loads of each side. Fewer than five cannot show a difference. @default 10 */
  readonly pairs?: number
}

/** The options, resolved. */
export interface PairsQuestion {
  readonly pairs: number
  readonly label: string
  readonly seed: number
  /** Of one load; the seed is left out, each pair has its own. */
  readonly load: LoadOptions
}

/** The load's own schema checks what is passed on, with the same words as for load(). */
const OPTIONS = z.looseObject({
  pairs: whole(1, 1000).optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
  seed: z.int('takes a whole number').optional(),
})

/**
 * Resolves the options of `compare()`. Every load is warmed up anew, for as long as it takes to become steady unless told
 * otherwise.
 * @throws LoadError `invalid-option` naming the option, what it got and what it takes
 */
export function pairsQuestion(options: unknown): PairsQuestion {
  const parsed = OPTIONS.safeParse(options)
  if (!parsed.success) throw optionsError('compare({ a, b }, options)', parsed.error.issues, options)
  const { pairs = 10, label = 'comparison', seed = 1, ...load } = parsed.data
  return { pairs, label, seed, load: { warmup: 'auto', ...load } as unknown as LoadOptions }
}
