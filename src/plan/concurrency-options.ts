import * as z from 'zod'
import { optionsError } from '../domain/options-error.ts'
import type { Duration } from '../domain/quantity.ts'
import type { CommonLoadOptions, LoadOptions } from './load-options.ts'
import { whole } from './load-schema.ts'
import { refusal } from './search-options.ts'

/** Options of `compareConcurrency()`: those of every load, and how much is sent by how many. */
export type ConcurrencyOptions = Omit<CommonLoadOptions, 'label' | 'warmup'> & {
  /** Users of the concurrent load, from 2. */
  readonly users: number
  /** Requests that are sent before both loads, one after the other, and count in neither. @default 1 */
  readonly warmup?: number
  /** Stands before the labels of both loads. @default none */
  readonly label?: string
} & (
    | {
        /** Requests of each load. */
        readonly requests: number
      }
    | {
        /** Length of each load. */
        readonly duration: Duration
      }
  )

/** The two loads. */
export interface ConcurrencyQuestion {
  readonly users: number
  readonly label: string
  /** Requests before both loads. */
  readonly warmup: number
  readonly sequential: LoadOptions & { readonly label: string }
  readonly concurrent: LoadOptions & { readonly label: string }
}

const WHERE = 'compareConcurrency(scenario, options)'

/** The load's own schema checks what is passed on, with the same words as for load(). */
const OPTIONS = z.looseObject({
  users: whole(2, 100_000),
  requests: whole(1).optional(),
  warmup: whole(0, 10_000).optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
})

/**
 * Resolves the options of `compareConcurrency()`. The first request of a run is never like the others, and would be the
 * sequential load's alone, so one is sent before. A warm-up within each load would end in the window of several users, with
 * more answers than were asked for.
 * @throws LoadError `invalid-option` naming the option, what it got and what it takes
 */
export function concurrencyQuestion(options: unknown): ConcurrencyQuestion {
  const parsed = OPTIONS.safeParse(options)
  if (!parsed.success) throw optionsError(WHERE, parsed.error.issues, options)
  const { users, requests, label, warmup = 1, ...common } = parsed.data
  if ((requests === undefined) === (common['duration'] === undefined)) {
    throw refusal(WHERE, `options requests and duration: takes one of them, such as { requests: 20, users: 5 }`)
  }
  const load = (name: string, count: number): LoadOptions & { readonly label: string } =>
    ({
      ...common,
      label: label === undefined ? name : `${label} · ${name}`,
      users: count,
      ...(requests === undefined ? {} : { iterations: requests }),
    }) as unknown as LoadOptions & { readonly label: string }
  return {
    users,
    label: label ?? 'concurrency',
    warmup,
    sequential: load('sequential', 1),
    concurrent: load('concurrent', users),
  }
}
