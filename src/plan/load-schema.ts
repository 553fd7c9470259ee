import * as z from 'zod'
import { metricSelector } from '../domain/metric-selector.ts'
import { optionsError } from '../domain/options-error.ts'
import { DURATION_FORM, type Duration, durationUs } from '../domain/quantity.ts'

/** Start of every load option's error: which call it came from. */
export const LOAD = 'load(scenario, options)'

/** Some of a load's options: their names, and the schema that turns them into a part of the plan. */
export interface OptionsPart<Plan> {
  readonly names: readonly string[]
  readonly schema: z.ZodType<Plan>
}

/** Notes an option that does not fit the others. @param message starts with `takes ` */
export type Refuse = (path: string | readonly PropertyKey[], message: string) => void

/** An options part from a schema for each option and what the parsed options become. */
export function optionsPart<Fields extends z.core.$ZodLooseShape, Plan>(
  fields: Fields,
  plan: (options: z.output<z.ZodObject<Fields, z.core.$strict>>, refuse: Refuse) => Plan,
): OptionsPart<Plan> {
  const schema = z.strictObject(fields).transform((options, { issues }) =>
    plan(options, (path, message) => {
      issues.push({ code: 'custom', input: options, path: typeof path === 'string' ? [path] : [...path], message })
    }),
  )
  return { names: Object.keys(fields), schema }
}

/**
 * Parses options that two parts share among them: each takes its own, and no third one may be there.
 * @throws LoadError `invalid-option` with a line for each option that does not fit
 */
export function parseParts<First, Second>(
  options: object,
  first: OptionsPart<First>,
  second: OptionsPart<Second>,
): [First, Second] {
  const ofFirst = Object.entries(options).filter(([name]) => first.names.includes(name))
  const others = Object.entries(options).filter(([name]) => !first.names.includes(name))
  const one = first.schema.safeParse(Object.fromEntries(ofFirst))
  const two = second.schema.safeParse(Object.fromEntries(others))
  if (one.success && two.success) return [one.data, two.data]
  const issues = [one, two].flatMap((result) => result.error?.issues ?? [])
  throw optionsError(LOAD, issues, options, [...first.names, ...second.names])
}

/** A duration that must be given in one of the known forms; parsed to microseconds. */
export const duration = (allow: 'zero' | 'positive'): z.ZodType<number, Duration> =>
  z
    .custom<Duration>(
      (input) => {
        const us = durationUs(input)
        return us !== null && (allow === 'zero' || us > 0)
      },
      `takes ${DURATION_FORM}${allow === 'positive' ? ', over 0' : ''}`,
    )
    .transform((input) => durationUs(input)!)

/** A duration within bounds, to microseconds. @param takes the bounds in words */
export const durationBetween = (fromUs: number, toUs: number, takes: string): z.ZodType<number, Duration> =>
  z
    .custom<Duration>((input) => {
      const us = durationUs(input)
      return us !== null && us >= fromUs && us <= toUs
    }, `takes ${takes}: ${DURATION_FORM}`)
    .transform((input) => durationUs(input)!)

type RawIssue = z.core.$ZodRawIssue

/** One or a list of at least one; what is wrong is told of the one that it is wrong of. @param read applied to each before it is parsed */
export function oneOrMore<One>(
  schema: z.ZodType<One>,
  read: (one: unknown) => unknown = (one) => one,
): z.ZodType<readonly One[]> {
  return z.unknown().transform((input, { issues }): readonly One[] => {
    const all: readonly unknown[] = Array.isArray(input) ? input : [input]
    if (all.length === 0) issues.push({ code: 'custom', input, message: 'takes at least one' })
    return all.flatMap((one, i) => {
      const parsed = schema.safeParse(read(one))
      if (parsed.success) return [parsed.data]
      const at = Array.isArray(input) ? [i] : []
      for (const { path, ...issue } of parsed.error.issues) {
        // A text has no parts that a path could lead to.
        issues.push({ ...issue, input: one, path: typeof one === 'string' ? at : [...at, ...path] } as RawIssue)
      }
      return []
    })
  })
}

/** A metric of a target by name and labels. */
export const SELECTOR: z.ZodType<string> = z.custom<string>((input) => {
  try {
    return metricSelector('', input).text !== ''
  } catch {
    return false
  }
}, 'takes the name of a metric, with labels where they matter: \'requests_total{status=~"5.."}\'')

/** A rate or another quantity over 0. */
export const positive: z.ZodNumber = z
  .number('takes a number over 0')
  .positive('takes a number over 0')
  .max(1e6, 'takes a number up to 1,000,000')

/** A whole number from `from` to `to`. */
export const whole = (from: number, to: number | null = null): z.ZodInt => {
  const takes = `takes a whole number from ${from}${to === null ? '' : ` to ${to.toLocaleString('en')}`}`
  const atLeast = z.int(`takes a whole number from ${from}`).min(from, `takes a whole number from ${from}`)
  return to === null ? atLeast : atLeast.max(to, takes)
}

/** Number of users. */
export const users: z.ZodInt = whole(1, 100_000)

export const DEFAULT_MAX_USERS = 1000

/** What may hold back arrivals. */
export const ARRIVAL_LIMITS: { readonly [Key in 'maxUsers' | 'maxQueue']: z.ZodOptional<z.ZodInt> } = {
  maxUsers: users.optional(),
  maxQueue: whole(0).optional(),
}
