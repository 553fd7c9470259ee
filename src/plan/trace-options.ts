import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { TracePlan, TraceTimes } from '../domain/load-plan.ts'
import { LoadError } from '../domain/load-error.ts'
import { describe, type TimeUnit } from '../domain/quantity.ts'
import { ARRIVAL_LIMITS, DEFAULT_MAX_USERS, LOAD, optionsPart, type OptionsPart, positive } from './load-schema.ts'
import { timestampsUs } from './timestamps.ts'

type Row = Readonly<Record<string, unknown>>

/** Rows of a file, and how to name one of them. */
export interface TraceRows {
  readonly rows: readonly Row[]
  /** Where a row stands in the file, e.g. `line 4`. */
  readonly place: (row: number) => string
}

/** Reads a file of rows. @throws LoadError `invalid-option` naming the option, the file and the line */
export type ReadRows = (option: string, source: string | URL) => TraceRows

const FORM =
  'takes the path or URL of a .csv, .tsv, .jsonl, .ndjson or .json file, a list of times in milliseconds, or a list of rows with a timestamp'

/** Names under which traces carry the time of an arrival, in any case and with any unit behind. */
const TIME_COLUMN =
  /^(timestamp|time|ts|t|date|datetime|arrived_at|arrival(_?time)?(stamp)?|arrival_timestamp|start(ed)?_?(time|at)?|request_?time)((_|\W+)(ns|us|µs|ms|s|sec|secs|seconds?|millis|milliseconds?|micros|microseconds?|nanos|nanoseconds?)\W*)?$/i

/** `{ trace }`: replay of recorded arrivals. */
export function traceOptions(read: ReadRows): OptionsPart<TracePlan> {
  return optionsPart(
    {
      trace: z.custom<string | URL | readonly unknown[]>(isTrace, FORM),
      speed: positive.optional(),
      unit: z.enum(['ns', 'us', 'ms', 's'], "takes 'ns', 'us', 'ms' or 's'").optional(),
      timeColumn: z.string('takes the name of a column').optional(),
      ...ARRIVAL_LIMITS,
    },
    ({ trace, speed = 1, unit = null, timeColumn, maxUsers, maxQueue }): TracePlan => {
      const inline = Array.isArray(trace) ? (trace as readonly unknown[]) : null
      const us =
        inline === null ? ofFile(read, trace as string | URL, unit, timeColumn) : ofList(inline, unit, timeColumn)
      const times = inOrder(us, speed)
      return {
        executor: 'trace-arrivals',
        source: inline === null ? String(trace) : null,
        speed,
        ...shapeOf(times.timesUs),
        digest: createHash('sha256').update(JSON.stringify(times)).digest('hex').slice(0, 16),
        times,
        maxUsers: maxUsers ?? DEFAULT_MAX_USERS,
        maxQueue: maxQueue ?? null,
      }
    },
  )
}

function isTrace(input: unknown): boolean {
  return (
    (typeof input === 'string' && input !== '') || input instanceof URL || (Array.isArray(input) && input.length > 0)
  )
}

function ofFile(read: ReadRows, source: string | URL, unit: TimeUnit | null, column: string | undefined): number[] {
  const { rows, place } = read(`${LOAD}: option trace`, source)
  return ofRows(rows, unit, column, (row) => `${LOAD}: option trace: ${place(row)} of ${String(source)}`)
}

function ofList(list: readonly unknown[], unit: TimeUnit | null, column: string | undefined): number[] {
  const place = (i: number): string => `${LOAD}: option trace[${i}]`
  if (list.some(isRow)) {
    const odd = list.findIndex((item) => !isRow(item))
    if (odd < 0) return ofRows(list as readonly Row[], unit, column, place)
    throw refused(`${place(odd)}: got ${describe(list[odd])}, takes a row with a timestamp as the others are`)
  }
  return timestampsUs(list, { name: 'time', unit: unit ?? 'ms', place })
}

function ofRows(
  rows: readonly Row[],
  unit: TimeUnit | null,
  asked: string | undefined,
  place: (row: number) => string,
): number[] {
  const columns = Object.keys(rows[0]!)
  const name = asked ?? columns.find((column) => TIME_COLUMN.test(column.trim()))
  if (name === undefined || !columns.includes(name)) {
    const [option, takes] =
      asked === undefined
        ? ['trace', 'takes a column such as timestamp, time or arrived_at, or its name as timeColumn']
        : ['timeColumn', `got ${describe(asked)}, takes one of them`]
    throw refused(`${LOAD}: option ${option}: the columns are ${columns.join(', ')}: ${takes}`)
  }
  return timestampsUs(
    rows.map((row) => row[name]),
    { name, unit, place },
  )
}

function isRow(item: unknown): item is Row {
  return typeof item === 'object' && item !== null && !Array.isArray(item) && !(item instanceof Date)
}

/** From the first arrival on, in order; which row each came from is kept where the rows are not in order. */
function inOrder(us: readonly number[], speed: number): TraceTimes {
  const rows = Uint32Array.from(us, (_, row) => row).sort((a, b) => us[a]! - us[b]! || a - b)
  const first = us[rows[0]!]!
  return {
    timesUs: Array.from(rows, (row) => Math.round((us[row]! - first) / speed)),
    rows: rows.every((row, i) => row === i) ? null : [...rows],
  }
}

function shapeOf(timesUs: readonly number[]): Pick<TracePlan, 'arrivals' | 'lengthUs' | 'peakPerSecond'> {
  const seconds = new Map<number, number>()
  for (const us of timesUs) seconds.set(Math.floor(us / 1e6), (seconds.get(Math.floor(us / 1e6)) ?? 0) + 1)
  const arrivals = timesUs.length
  return {
    arrivals,
    // The last arrival has its mean gap too: the rate of n arrivals is n over this.
    lengthUs: arrivals < 2 ? 0 : Math.round((timesUs.at(-1)! * arrivals) / (arrivals - 1)),
    peakPerSecond: [...seconds.values()].reduce((most, count) => Math.max(most, count)),
  }
}

function refused(message: string): LoadError {
  return new LoadError('invalid-option', message)
}
