import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { DataFile, DataRows } from '../domain/scenario.ts'
import { dataFormat, openDataFile } from './data-file.ts'

/** Rows of a file, and how to name one of them. */
export interface RowFile {
  readonly rows: DataRows
  /** Where a row stands, e.g. `line 4`. */
  readonly place: (row: number) => string
}

/**
 * Reads a file of rows as `data` does.
 * @param option how messages name the option that the file was given to
 * @throws LoadError `invalid-option` with the file, the line, what was found and what is taken
 */
export function readRowFile(option: string, source: string | URL): RowFile {
  if (dataFormat(source) === null || /^https?:/i.test(String(source))) {
    throw new LoadError(
      'invalid-option',
      `${option}: got ${describe(String(source))}, takes the path or file URL of a .csv, .tsv, .jsonl, .ndjson or .json file`,
    )
  }
  const { file, rows } = openDataFile(option, source)
  return { rows, place: (row) => placeOf(file, row) }
}

/** Reads the file again: places are asked for when something is wrong with them. */
function placeOf({ path, format }: DataFile, row: number): string {
  if (format === 'json') return `row ${row + 1}`
  const text = readFileSync(path, 'utf8')
  const line = format === 'jsonl' ? lineOfText(text, row) : lineOfRecord(text, format === 'tsv' ? '\t' : ',', row)
  return `line ${line}`
}

function lineOfText(text: string, row: number): number {
  const filled = text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [i + 1]))
  return filled[row]!
}

/** Where the record ends: a quoted value may go over several lines. */
function lineOfRecord(text: string, delimiter: string, row: number): number {
  const records = parse(text, { bom: true, delimiter, from: row + 2, to: row + 2, info: true, skip_empty_lines: true })
  return (records as unknown as readonly { readonly info: { readonly lines: number } }[])[0]!.info.lines
}
