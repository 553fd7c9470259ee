import * as z from 'zod'
import { optionsError } from '../domain/options-error.ts'
import type { Duration, TimeUnit } from '../domain/quantity.ts'
import { duration, whole } from './load-schema.ts'

/** Where the server tells how long it loaded its model. */
export type ModelLoadSource =
  /** Its output: the first group is the time; a second group, if any, its unit (us, ms, s). Without it, milliseconds. */
  | RegExp
  /** A number in the first good answer (JSON, or the last line or event of a stream that has it): `load_duration`. */
  | { readonly json: string; readonly unit?: TimeUnit }
  /** A stage of the first good answer's `Server-Timing` header. */
  | { readonly stage: string }

/** Options of `coldStart()`. */
export interface ColdStartOptions {
  /** Starts. Fewer than three cannot be compared. @default 5 */
  readonly runs?: number
  /** Requests after each start, one after the other, the first good one included. @default 10 */
  readonly requests?: number
  /** How long the first good answer may take once the server is ready. @default '60s' */
  readonly firstAnswerWithin?: Duration
  readonly modelLoad?: ModelLoadSource
  /** Tells the cold starts of one test apart. @default 'cold start', then 'cold start 2', ... */
  readonly label?: string
}

/** The options, resolved. */
export interface ColdStartQuestion {
  readonly runs: number
  readonly requests: number
  readonly goodWithinUs: number
  readonly modelLoad: ModelLoadSource | null
  readonly label: string | null
}

const OPTIONS = z.strictObject({
  runs: whole(1, 1000).optional(),
  requests: whole(1, 10_000).optional(),
  firstAnswerWithin: duration('positive').optional(),
  modelLoad: z
    .union(
      [
        z.instanceof(RegExp),
        z.strictObject({ json: z.string().min(1), unit: z.enum(['ns', 'us', 'ms', 's']).optional() }),
        z.strictObject({ stage: z.string().min(1) }),
      ],
      'takes a pattern with a group, { json: path, unit? } or { stage: name }',
    )
    .optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
})

/** @throws LoadError `invalid-option` naming the option, what it got and what it takes */
export function coldStartQuestion(options: unknown = {}): ColdStartQuestion {
  const parsed = OPTIONS.safeParse(options)
  if (!parsed.success) {
    throw optionsError('coldStart(server, scenario, options)', parsed.error.issues, options, Object.keys(OPTIONS.shape))
  }
  const { runs = 5, requests = 10, firstAnswerWithin = 60e6, modelLoad = null, label = null } = parsed.data
  return { runs, requests, goodWithinUs: firstAnswerWithin, modelLoad: modelLoad as ModelLoadSource | null, label }
}
