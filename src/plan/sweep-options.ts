import * as z from 'zod'
import { optionsError } from '../domain/options-error.ts'
import { describe } from '../domain/quantity.ts'
import type { AxisValue, SweepAxis } from '../domain/sweep.ts'
import { refusal } from './search-options.ts'

/** The axes of `sweep()`: values by name, in the order in which they vary; the last one varies fastest. */
export type SweepAxes = Readonly<Record<string, readonly AxisValue[]>>

/** Options of `sweep()`. */
export interface SweepOptions {
  /** Tells the sweeps of one test apart; it stands before the label of every cell. @default 'sweep', before no cell */
  readonly label?: string
}

/** A sweep, resolved. */
export interface SweepQuestion {
  readonly axes: readonly SweepAxis[]
  readonly label: string
  /** What stands before every cell's label. */
  readonly prefix: string
}

const WHERE = 'sweep(axes, cell, options)'
const MOST_CELLS = 1000

const AXES = z.record(
  z.string(),
  z
    .array(z.union([z.number(), z.string(), z.boolean()], 'takes numbers, texts, true and false'), 'takes a list')
    .min(1, 'takes a list of at least one value'),
  'takes an object of lists, such as { promptTokens: [1000, 4096], users: [1, 4] }',
)
const OPTIONS = z.strictObject({ label: z.string('takes a text').min(1, 'takes a text that is not empty').optional() })

/**
 * Resolves the arguments of `sweep()`.
 * @throws LoadError `invalid-option` naming the axis or option, what it got and what it takes
 */
export function sweepQuestion(axes: unknown, options: unknown = {}): SweepQuestion {
  const parsed = AXES.safeParse(axes)
  if (!parsed.success) throw optionsError(WHERE, parsed.error.issues, axes)
  const given = OPTIONS.safeParse(options)
  if (!given.success) throw optionsError(WHERE, given.error.issues, options, Object.keys(OPTIONS.shape))
  const list = Object.entries(parsed.data).map(([name, values]) => ({ name, values }))
  if (list.length === 0) throw refusal(WHERE, 'axes: got none, takes at least one, such as { users: [1, 4, 16] }')
  for (const { name, values } of list) {
    // Values that read the same would share a label, and so a history.
    const twice = values.find((value, i) => values.findIndex((other) => String(other) === String(value)) < i)
    if (twice !== undefined) {
      throw refusal(WHERE, `axis ${name}: got ${describe(twice)} twice, takes each value once`)
    }
  }
  const cells = list.reduce((product, { values }) => product * values.length, 1)
  if (cells > MOST_CELLS) throw refusal(WHERE, `axes: got ${cells} combinations, takes at most ${MOST_CELLS}`)
  const { label } = given.data
  return { axes: list, label: label ?? 'sweep', prefix: label === undefined ? '' : `${label} · ` }
}
