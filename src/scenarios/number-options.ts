import * as z from 'zod'
import { TIME_UNITS_US, type TimeUnit } from '../domain/quantity.ts'
import type { CounterPlan, NumberSource, RequestPlan, StagePlan } from '../domain/scenario.ts'
import { isStagePath, STAGE_PATH_FORM } from '../domain/stage-name.ts'

/** Where a number of an answer is found: a dotted path into its JSON (of a stream: into its last event that has it), or a header. */
type NumberPlace = { readonly path: string } | { readonly header: string }

/** A stage of the latency that an answer tells. */
export type StageSource = (
  | (NumberPlace & {
      /** What the number counts. There is no default: a wrong guess would be a wrong duration. */
      readonly unit: TimeUnit
    })
  /** The metric of this name in the `Server-Timing` header. */
  | { readonly serverTiming: string }
) & {
  /** The server worked the duration out and did not measure it: it is kept and shown as `(inferred)`. @default false */
  readonly inferred?: boolean
}

/**
 * A number that an answer tells: itself, or whether it is what was asked for (1 or 0). Between 0 and 3.6 million, with up to
 * three decimals; an answer that does not tell it counts as one that did not.
 */
export type CounterSource = NumberPlace & {
  readonly equals?: string | number | boolean
  readonly matches?: RegExp | string
}

/** Numbers to take out of answers. */
export interface NumberOptions {
  /**
   * Stages by name, for `run.stage(name)`; a path is a part of a part:
   * `{ 'clone/encode': { path: 'timings.encode_ms', unit: 'ms' } }`. Metrics of `Server-Timing` need no entry: they are stages
   * under their own names.
   */
  readonly stages?: Readonly<Record<string, StageSource>>
  /** Counters by name, for `run.counter(name)`: `{ cacheHit: { header: 'x-cache', equals: 'HIT' } }`. */
  readonly counters?: Readonly<Record<string, CounterSource>>
}

const MOST_NAMES = 32
const STAGE_FORM =
  "takes { path, unit }, { header, unit } or { serverTiming }, e.g. { path: 'timings.encode_ms', unit: 'ms' }"
const COUNTER_FORM = "takes { path } or { header }, with equals or matches, e.g. { header: 'x-cache', equals: 'HIT' }"
const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const unit = z.enum(['ns', 'us', 'ms', 's'], "takes 'ns', 'us', 'ms' or 's'")
const inferred = z.boolean('takes true or false').optional()

const stage = z.union(
  [
    z.strictObject({ path: text, unit, inferred }),
    z.strictObject({ header: text, unit, inferred }),
    z.strictObject({ serverTiming: text, inferred }),
  ],
  STAGE_FORM,
)
const equals = z.union([z.string(), z.number(), z.boolean()], 'takes a text, a number, true or false').optional()
const matches = z
  .union(
    [z.instanceof(RegExp), text.refine(compiles, 'takes a regular expression or its source')],
    'takes a regular expression or its source',
  )
  .optional()
const counter = z
  .union(
    [z.strictObject({ path: text, equals, matches }), z.strictObject({ header: text, equals, matches })],
    COUNTER_FORM,
  )
  .refine((source) => source.equals === undefined || source.matches === undefined, 'takes equals or matches, not both')

/** Fields of {@link NumberOptions} for a schema. */
export const numberFields: Readonly<Record<keyof NumberOptions, z.ZodType>> = {
  stages: named(stage, STAGE_FORM, isStagePath, STAGE_PATH_FORM),
  counters: named(
    counter,
    COUNTER_FORM,
    (name) => /^[\w.:-]{1,60}$/.test(name),
    'takes names of letters, digits and . : - _',
  ),
}

function named(value: z.ZodType, form: string, isName: (name: string) => boolean, nameForm: string): z.ZodType {
  return z
    .record(z.string(), value, `takes an object of names; each ${form}`)
    .superRefine((sources, context) => {
      const names = Object.keys(sources)
      if (names.length > MOST_NAMES) context.addIssue({ code: 'custom', message: `takes at most ${MOST_NAMES} names` })
      for (const name of names) {
        if (!isName(name)) context.addIssue({ code: 'custom', path: [name], message: nameForm })
      }
    })
    .optional()
}

/** The options as parts of a plan; none of what was not given. */
export function numberPlans({ stages, counters }: NumberOptions): Pick<RequestPlan, 'stages' | 'counters'> {
  return {
    ...(stages === undefined ? {} : { stages: mapped(stages, stagePlan) }),
    ...(counters === undefined ? {} : { counters: mapped(counters, counterPlan) }),
  }
}

function stagePlan(source: StageSource): StagePlan {
  const { inferred = false } = source
  return 'serverTiming' in source
    ? { from: 'serverTiming', name: source.serverTiming, inferred }
    : { ...placeOf(source), unitUs: TIME_UNITS_US[source.unit], inferred }
}

function counterPlan(source: CounterSource): CounterPlan {
  const pattern = source.matches === undefined ? null : new RegExp(source.matches)
  return {
    ...placeOf(source),
    equals: source.equals ?? null,
    // Flags that make a regular expression remember its last match are dropped.
    matches: pattern === null ? null : { source: pattern.source, flags: pattern.flags.replace(/[gy]/g, '') },
  }
}

function placeOf(source: NumberPlace): NumberSource {
  return 'path' in source ? { from: 'body', path: source.path } : { from: 'header', name: source.header.toLowerCase() }
}

function mapped<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp
  } catch {
    return false
  }
}
