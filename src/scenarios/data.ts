import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { DataFile, DataOrder, DataRows, PromptPlan, Scenario } from '../domain/scenario.ts'
import { dataFormat, openDataFile, zipped } from './data-file.ts'
import { jsonProblem, jsonValue } from './json-value.ts'

/** One row: the values of its columns by name. */
export type DataRow = Readonly<Record<string, unknown>>

/**
 * Rows that templates are filled with:
 * - a list of rows, or one list per column (columns of different length are repeated up to the longest);
 * - the path of a file, relative to the working directory, or its URL: `.csv` and `.tsv` with a line of column names,
 *   whose values are always texts; `.jsonl` and `.ndjson` with one object a line; `.json` with a list of rows or lists by
 *   column;
 * - a function (a generator function, too) or an iterable that gives the rows, at most 100,000. All are taken when the
 *   load starts, before its clock does; an iterator that can be run through only once gives the same rows to each load;
 * - prompts: `syntheticPrompts({ tokens: 1024 })`, `promptSet('./sharegpt.json')`.
 */
export type Data =
  | readonly DataRow[]
  | Readonly<Record<string, readonly unknown[]>>
  | string
  | URL
  | Iterable<DataRow>
  | (() => Iterable<DataRow>)
  | PreparedData

/** Rows that take time to make; they are there when a load starts. */
export interface PreparedData {
  /** Makes them, or does again what belongs before each load. @throws LoadError `invalid-option` */
  readonly prepare: () => Promise<PreparedRows>
}

/** Rows, and what is known of them. */
export interface PreparedRows {
  readonly rows: DataRows
  /** `null` where their lengths were not counted. */
  readonly prompts: PromptPlan | null
}

/** What `data` may be, once parsed: an iterable has become a function that runs through it only once. */
type ParsedData = Exclude<Data, Iterable<DataRow>> | readonly DataRow[]

/** Rows that one scenario may draw from code: all of them travel to every generator. */
const MOST_DRAWN_ROWS = 100_000

const DATA_FORM =
  "takes a list of rows, e.g. [{ prompt: 'Hello' }], lists by column, e.g. { prompt: ['Hello'] }, the path or URL of a .csv, .tsv, .jsonl, .ndjson or .json file, or a function that gives rows"
const row = z.record(z.string(), jsonValue, DATA_FORM)

/** Schema of the option `data`. */
export const dataField: z.ZodType<ParsedData> = z.union(
  [
    z.custom<PreparedData>(isPrepared, DATA_FORM),
    z.array(row).min(1, 'takes at least one row'),
    z.custom<string | URL>(isDataFile, DATA_FORM),
    z.custom<() => Iterable<DataRow>>((input) => typeof input === 'function', DATA_FORM),
    z.custom<Iterable<DataRow>>(isIterableObject, DATA_FORM).transform(drawnOnce),
    z
      .record(z.string(), z.array(jsonValue, 'takes a list of values').min(1, 'takes at least one value'), DATA_FORM)
      .refine((columns) => Object.keys(columns).length > 0, 'takes at least one column'),
  ],
  DATA_FORM,
) as z.ZodType<ParsedData>

/** Schema of the option `dataOrder`. */
export const dataOrderField: z.ZodType<DataOrder> = z.enum(
  ['sequential', 'shuffled', 'random', 'unique'],
  "takes 'sequential', 'shuffled', 'random' or 'unique'",
)

/** Data ready for a plan. */
export interface ResolvedData {
  /** What travels: the rows themselves, or the file that generators read. */
  readonly plan: DataRows | DataFile
  /** All rows; none where there is no data. */
  readonly rows: DataRows
  readonly prompts?: PromptPlan
}

/** What {@link preparation} had made last. */
const MADE = new WeakMap<PreparedData, PreparedRows>()

/** The part of a scenario that waits for its data. */
export function preparation(data: Data | undefined): Pick<Scenario, 'prepare'> {
  if (!isPrepared(data)) return {}
  return { prepare: async () => void MADE.set(data, await data.prepare()) }
}

/**
 * Reads files, runs through iterables and zips columns, now.
 * @throws LoadError `invalid-option` with the file and the line, or the number of the row, what was found and what is taken
 */
export function resolveData(where: string, data: Data | undefined): ResolvedData {
  if (data === undefined) return inline([])
  if (isPrepared(data)) {
    const made = MADE.get(data)
    if (made === undefined)
      throw new LoadError('invalid-option', `${where}: option data: its prompts are not made yet`, {
        hint: 'await scenario.prepare() before scenario.plan(), as load() does',
      })
    return { ...inline(made.rows), ...(made.prompts === null ? {} : { prompts: made.prompts }) }
  }
  if (typeof data === 'string' || data instanceof URL) {
    const { file, rows } = openDataFile(`${where}: option data`, data)
    return { plan: file, rows }
  }
  if (typeof data === 'function') return inline(drawn(where, data()))
  return inline(Array.isArray(data) ? (data as DataRows) : zipped(data as Readonly<Record<string, readonly unknown[]>>))
}

function inline(rows: DataRows): ResolvedData {
  return { plan: rows, rows }
}

/** Runs through rows that code gives. */
function drawn(where: string, given: unknown): DataRows {
  const refuse = (what: string, takes: string, hint?: string): LoadError =>
    new LoadError('invalid-option', `${where}: option data: ${what}, ${takes}`, hint === undefined ? {} : { hint })
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) {
    const promised = typeof given === 'object' && given !== null && ('then' in given || Symbol.asyncIterator in given)
    throw promised
      ? refuse('the function gives its rows later', 'takes rows at once', 'await them into a list first')
      : refuse(`the function gave ${describe(given)}`, 'takes a list or an iterable of rows')
  }
  const rows: DataRow[] = []
  for (const value of given as Iterable<unknown>) {
    if (rows.length === MOST_DRAWN_ROWS) {
      throw refuse(
        `it gives more than ${MOST_DRAWN_ROWS.toLocaleString('en')} rows`,
        'takes rows that come to an end: all are drawn before the load starts',
        'end it after as many as you need; rows are used again when all have been; {{$iteration}} and {{$uuid}} are new in each request',
      )
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw refuse(`row ${rows.length}: got ${describe(value)}`, "takes an object of columns, e.g. { prompt: 'Hello' }")
    }
    const problem = jsonProblem(value)
    if (problem) {
      throw refuse(`row ${rows.length}: ${problem.path.join('.')}: got ${describe(problem.value)}`, 'takes JSON data')
    }
    rows.push(value as DataRow)
  }
  if (rows.length === 0) throw refuse('it gave no row', 'takes at least one row')
  return rows
}

/** A generator that has been run through gives nothing more, but the next load wants the same rows. */
function drawnOnce(iterable: Iterable<DataRow>): () => Iterable<DataRow> {
  let rows: DataRow[] | null = null
  return () => {
    if (rows !== null) return rows
    const taken: DataRow[] = []
    // One more than is taken, so that an endless one is found out.
    for (const value of iterable) if (taken.push(value) > MOST_DRAWN_ROWS) break
    return (rows = taken)
  }
}

function isDataFile(input: unknown): boolean {
  return (typeof input === 'string' || input instanceof URL) && dataFormat(input) !== null
}

function isPrepared(input: unknown): input is PreparedData {
  return typeof input === 'object' && input !== null && 'prepare' in input && typeof input.prepare === 'function'
}

function isIterableObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && Symbol.iterator in input
}
