import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Esbuild from 'esbuild'
import { CsvError, parse } from 'csv-parse/sync'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { DataFile, DataRows } from '../domain/scenario.ts'

const FORMATS: Readonly<Record<string, DataFile['format']>> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
}

/** The format that a path or URL stands for by its ending; `null` for others, and for URLs that are no files. */
export function dataFormat(source: string | URL): DataFile['format'] | null {
  if (source instanceof URL && source.protocol !== 'file:') return null
  const path = source instanceof URL ? source.pathname : source
  return FORMATS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? null
}

/**
 * Finds and reads a file of rows.
 * @param option how messages name the option that the file was given to
 * @throws LoadError `invalid-option` with the file, the line, what was found and what is taken
 */
export function openDataFile(
  option: string,
  source: string | URL,
): { readonly file: DataFile; readonly rows: DataRows } {
  const text = String(source)
  const path = text.startsWith('file:') ? fileURLToPath(text) : resolve(text)
  const bytes = bytesOf(option, path)
  const format = dataFormat(source)!
  const rows = rowsIn(`${option}: ${path}`, format, bytes)
  return { file: { path, format, rows: rows.length, digest: digestOf(bytes) }, rows }
}

/**
 * Reads a file again, in a generator.
 * @throws LoadError `invalid-option` when it is no longer what the plan was made from
 */
export function readDataFile(option: string, { path, format, digest }: DataFile): DataRows {
  const bytes = bytesOf(option, path)
  if (digestOf(bytes) === digest) return rowsIn(`${option}: ${path}`, format, bytes)
  throw new LoadError('invalid-option', `${option}: ${path} has changed since the load was planned`, {
    hint: 'the same rows must reach all generators: write the file before the load, and not during it',
  })
}

/** Rows of columns, up to the longest; shorter ones are repeated. */
export function zipped(data: Readonly<Record<string, readonly unknown[]>>): DataRows {
  const columns = Object.entries(data)
  const length = Math.max(...columns.map(([, values]) => values.length))
  return Array.from({ length }, (_, k) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[k % values.length]])),
  )
}

function bytesOf(option: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new LoadError(
      'invalid-option',
      `${option}: ${missing ? `no such file: ${path}` : `cannot read ${path}: ${(cause as Error).message}`}`,
      {
        hint: "a path is relative to the working directory; new URL('./rows.csv', import.meta.url) lies beside the spec",
        cause,
      },
    )
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function rowsIn(where: string, format: DataFile['format'], bytes: Buffer): DataRows {
  const text = textOf(where, bytes)
  const rows =
    format === 'json'
      ? jsonRows(where, text)
      : format === 'jsonl'
        ? lineRows(where, text)
        : csvRows(where, text, format === 'tsv' ? '\t' : ',')
  if (rows.length > 0) return rows
  throw new LoadError(
    'invalid-option',
    `${where}: got ${text.trim() === '' ? 'an empty file' : 'no rows'}, takes at least one row`,
  )
}

/** Without its byte order mark. */
function textOf(where: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new LoadError('invalid-option', `${where}: got bytes that are no UTF-8, takes UTF-8 text`, { cause })
  }
}

const QUOTES_HINT =
  'a value with a comma, a quote or a line break stands in double quotes, and a quote in it is doubled'

function csvRows(where: string, text: string, delimiter: string): DataRows {
  let columns: readonly string[] = []
  const named = (header: readonly string[]): string[] => {
    columns = header.map((name) => name.trim())
    columns.forEach((name, i) => {
      const takes = 'takes a first line with a different name for every column'
      if (name === '') throw new LoadError('invalid-option', `${where}: line 1: column ${i + 1} has no name, ${takes}`)
      if (columns.indexOf(name) !== i)
        throw new LoadError('invalid-option', `${where}: line 1: two columns ${describe(name)}, ${takes}`)
    })
    return [...columns]
  }
  try {
    return parse(text, { columns: named, delimiter, skip_empty_lines: true, relax_column_count: false }) as DataRows
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines, record } = error as CsvError & { readonly lines?: number; readonly record?: readonly unknown[] }
    const line = `${where}: line ${lines ?? '?'}`
    throw Array.isArray(record) && error.code.includes('INCONSISTENT')
      ? new LoadError(
          'invalid-option',
          `${line}: got ${record.length} values, takes ${columns.length}: ${columns.join(', ')}`,
          { hint: QUOTES_HINT },
        )
      : new LoadError('invalid-option', `${line}: ${error.message}, takes CSV as in RFC 4180`, {
          hint: QUOTES_HINT,
          cause: error,
        })
  }
}

function lineRows(where: string, text: string): DataRows {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    return [
      requireRow(`${where}: line ${i + 1}`, parsed(`${where}: line ${i + 1}`, line, 'takes one JSON object a line')),
    ]
  })
}

function jsonRows(where: string, text: string): DataRows {
  if (text.trim() === '') return []
  const value = parsed(where, text, 'takes JSON: a list of rows, or lists by column')
  if (Array.isArray(value)) return value.map((item, i) => requireRow(`${where}: [${i}]`, item))
  const columns = Object.entries(requireRow(where, value))
  for (const [name, values] of columns) {
    if (Array.isArray(values) && values.length > 0) continue
    throw new LoadError(
      'invalid-option',
      `${where}: ${name}: got ${describe(values)}, takes a list of values for each column, or a list of rows`,
    )
  }
  return columns.length === 0 ? [] : zipped(Object.fromEntries(columns) as Record<string, readonly unknown[]>)
}

function parsed(where: string, text: string, takes: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const line = text.includes('\n') ? `line ${errorLine(text)}: ` : ''
    const message = (cause as Error).message.replaceAll('\n', '\\n')
    throw new LoadError('invalid-option', `${where}: ${line}${message}, ${takes}`, { cause })
  }
}

/** Where JSON breaks, which `JSON.parse` does not always tell; a second parser does. */
function errorLine(text: string): number | '?' {
  const { transformSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild
  try {
    transformSync(text, { loader: 'json', logLevel: 'silent' })
    return '?'
  } catch (error) {
    return (error as Partial<Esbuild.TransformFailure>).errors?.[0]?.location?.line ?? '?'
  }
}

function requireRow(where: string, value: unknown): DataRows[number] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DataRows[number]
  throw new LoadError(
    'invalid-option',
    `${where}: got ${describe(value)}, takes an object of columns, e.g. {"prompt": "Hello"}`,
  )
}
