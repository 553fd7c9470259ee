import { LoadError } from '../domain/load-error.ts'
import { describe, TIME_UNITS_US, type TimeUnit } from '../domain/quantity.ts'

/** What a column of timestamps is read with. */
export interface TimestampColumn {
  /** How messages name it; its ending, as of `time_s`, tells the unit. */
  readonly name: string
  /** As the user gave it; `null` where it has to be found out. */
  readonly unit: TimeUnit | null
  /** Where a value stands, e.g. `line 4 of trace.csv`. */
  readonly place: (index: number) => string
}

const FORM = "takes a number, or a date and time such as '2026-01-31T09:30:00.5Z'"

/**
 * Timestamps as microseconds from any origin, in the order given.
 * @throws LoadError `invalid-option` naming the place, what stands there and what is taken, or that the unit is not clear
 */
export function timestampsUs(values: readonly unknown[], { name, unit, place }: TimestampColumn): number[] {
  const read = values.map(timestamp)
  const kind = read[0]?.kind
  read.forEach((one, i) => {
    if (one === null) throw refused(`${place(i)}: ${name}: got ${describe(values[i])}, ${FORM}`)
    if (one.kind !== kind) {
      const [is, first] = kind === 'date' ? ['a number', 'a date'] : ['a date', 'a number']
      throw refused(`${place(i)}: ${name}: got ${describe(values[i])}, ${is} where the first row has ${first}`)
    }
  })
  const numbers = read.map((one) => one!.value)
  if (kind === 'date') return numbers
  const us = TIME_UNITS_US[unit ?? unitOf(name, numbers)]
  return numbers.map((value) => value * us)
}

/** A point in time: microseconds of a date, or a number whose unit is still open. */
interface Timestamp {
  readonly kind: 'date' | 'number'
  readonly value: number
}

function timestamp(value: unknown): Timestamp | null {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : { kind: 'date', value: value.getTime() * 1e3 }
  if (typeof value === 'number') return Number.isFinite(value) ? { kind: 'number', value } : null
  if (typeof value !== 'string') return null
  const text = value.trim()
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return { kind: 'number', value: Number(text) }
  const us = dateUs(text)
  return us === null ? null : { kind: 'date', value: us }
}

const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$/i

/**
 * A date with as many digits of a second as it has, where `Date.parse` stops at three. Without a zone it counts as UTC:
 * only differences matter, and those of a local time jump twice a year.
 */
function dateUs(text: string): number | null {
  const match = DATE.exec(text)
  if (match === null) return null
  const [, day, time, fraction = '', zone = 'Z'] = match
  const ms = Date.parse(`${day}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`)
  return Number.isNaN(ms) ? null : ms * 1e3 + Number(`0.${fraction}0`) * 1e6
}

const SUFFIX_UNITS: readonly (readonly [RegExp, TimeUnit])[] = [
  [/(_|\b)(ns|nanos|nanoseconds?)\W*$/i, 'ns'],
  [/(_|\b)(us|µs|micros|microseconds?)\W*$/i, 'us'],
  [/(_|\b)(ms|msecs?|millis|milliseconds?)\W*$/i, 'ms'],
  [/(_|\b)(s|secs?|seconds?)\W*$/i, 's'],
]

/** Numbers of this size count from 1970. */
const SINCE_1970: readonly (readonly [atLeast: number, unit: TimeUnit])[] = [
  [1e17, 'ns'],
  [1e14, 'us'],
  [1e11, 'ms'],
  [1e9, 's'],
]

/** Mean gaps below which whole numbers are hardly milliseconds, and above which broken ones are hardly seconds. */
const SHORTEST_GAP_MS = 5
const LONGEST_GAP_S = 10

/**
 * The unit of numbers without one: as the column's name says; as their size says when they count from 1970; else whole
 * numbers are milliseconds, as everywhere in this package, and broken ones seconds, where that gives a believable rate.
 */
function unitOf(name: string, numbers: readonly number[]): TimeUnit {
  const bySuffix = SUFFIX_UNITS.find(([suffix]) => suffix.test(name))
  if (bySuffix !== undefined) return bySuffix[1]
  const [least, most] = rangeOf(numbers)
  const bySize = SINCE_1970.find(([atLeast]) => least >= atLeast)
  if (bySize !== undefined) return bySize[1]
  const gap = (most - least) / Math.max(1, numbers.length - 1)
  const whole = numbers.every(Number.isInteger)
  if (gap === 0 || (whole && gap >= SHORTEST_GAP_MS)) return 'ms'
  if (!whole && gap <= LONGEST_GAP_S) return 's'
  throw refused(
    `${name} may be milliseconds or seconds: ${Number(gap.toPrecision(3))} from row to row`,
    "say which: { trace, unit: 'ms' } or { trace, unit: 's' }",
  )
}

function rangeOf(numbers: readonly number[]): [least: number, most: number] {
  return numbers.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  )
}

function refused(message: string, hint?: string): LoadError {
  return new LoadError('invalid-option', message, hint === undefined ? {} : { hint })
}
