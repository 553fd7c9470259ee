import * as z from 'zod'
import type { LevelKind } from '../domain/capacity.ts'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import { describe, type Share, SHARE_FORM, shareOf } from '../domain/quantity.ts'
import type { CommonLoadOptions, ThinkTime } from './load-options.ts'
import { positive } from './load-schema.ts'

/** Options of every procedure that applies loads of one scenario at several levels. */
export interface SearchOptions extends Pick<
  CommonLoadOptions,
  'label' | 'generators' | 'seed' | 'slo' | 'onInvalid' | 'onInconclusive'
> {
  /** What a level counts. @default 'rate' */
  readonly by?: LevelKind
  /** How arrivals are spaced, by rate. Real traffic is nearer to 'poisson', whose trials must be longer for the same precision. @default 'uniform' */
  readonly arrivals?: 'uniform' | 'poisson'
  /** By rate: most requests in flight. @default 1000 */
  readonly maxUsers?: number
  /** By users: pause between two iterations. */
  readonly thinkTime?: ThinkTime
}

/** The options that all loads of a search share, resolved. */
export interface SearchQuestion {
  readonly by: LevelKind
  readonly from: number
  readonly to: number
  readonly arrivals: 'uniform' | 'poisson'
  readonly seed: number
  readonly label: string
  /** What every load takes over as it is. */
  readonly passedOn: Pick<
    SearchOptions,
    'generators' | 'slo' | 'onInvalid' | 'onInconclusive' | 'maxUsers' | 'thinkTime'
  >
}

/** A share; `part` must lie strictly between 0 and 1. */
export const share = (allow: 'any' | 'part'): z.ZodType<number, Share> =>
  z
    .custom<Share>(
      (input) => {
        const value = shareOf(input)
        return value !== null && (allow === 'any' || (value > 0 && value < 1))
      },
      `takes ${SHARE_FORM}${allow === 'part' ? ', over 0 and under 100 %' : ''}`,
    )
    .transform((input) => shareOf(input)!)

const FIELDS = {
  from: positive.optional(),
  to: positive,
  by: z.enum(['rate', 'users'], "takes 'rate' or 'users'").optional(),
  arrivals: z.enum(['uniform', 'poisson'], "takes 'uniform' or 'poisson'").optional(),
  seed: z.int('takes a whole number').optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
  // The load's own schema checks these, with the same words as for load().
  generators: z.unknown().optional(),
  slo: z.unknown().optional(),
  onInvalid: z.unknown().optional(),
  onInconclusive: z.unknown().optional(),
  maxUsers: z.unknown().optional(),
  thinkTime: z.unknown().optional(),
}

/** Where a procedure's options come from, and what it assumes. */
export interface SearchCall {
  /** e.g. `capacity(scenario, options)`. */
  readonly where: string
  readonly label: string
  /** Lowest level where the options give none. */
  readonly from: (to: number, by: LevelKind) => number
}

/**
 * Parses the options of a procedure: those that all have, and its own.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function parseSearch<Fields extends z.core.$ZodLooseShape>(
  call: SearchCall,
  options: unknown,
  own: Fields,
): { readonly common: SearchQuestion; readonly own: z.output<z.ZodObject<Fields>> } {
  const shape = { ...FIELDS, ...own }
  const result = z.strictObject(shape).safeParse(options)
  if (!result.success) throw optionsError(call.where, result.error.issues, options, Object.keys(shape))
  const { data } = result as { readonly data: unknown }
  return { common: commonOf(call, data as z.output<z.ZodObject<typeof FIELDS>>), own: data as never }
}

function commonOf(call: SearchCall, data: z.output<z.ZodObject<typeof FIELDS>>): SearchQuestion {
  const { by = 'rate', to, arrivals, generators, slo, onInvalid, onInconclusive, maxUsers, thinkTime } = data
  const from = data.from ?? call.from(to, by)
  if (from >= to) {
    throw refusal(call.where, `options from and to: got ${from} and ${to}, takes a \`from\` below \`to\``)
  }
  if (by === 'users') {
    for (const [name, value] of Object.entries({ from, to })) {
      if (!Number.isInteger(value))
        throw refusal(call.where, `option ${name}: got ${value}, takes a whole number of users`)
    }
  }
  const foreign = by === 'users' ? { arrivals, maxUsers } : { thinkTime }
  for (const [name, value] of Object.entries(foreign)) {
    if (value === undefined) continue
    throw refusal(
      call.where,
      `option ${name}: got ${describe(value)}, takes nothing where levels are ${by === 'users' ? 'users' : 'rates'} (by: '${by}')`,
    )
  }
  const given = Object.entries({ generators, slo, onInvalid, onInconclusive, maxUsers, thinkTime })
  return {
    by,
    from,
    to,
    arrivals: arrivals ?? 'uniform',
    seed: data.seed ?? 1,
    label: data.label ?? call.label,
    passedOn: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  }
}

/** The error for options that do not fit together. */
export function refusal(where: string, message: string): LoadError {
  return new LoadError('invalid-option', `${where}: ${message}`)
}
