import { z } from 'zod'
import { optionsError } from '../domain/options-error.ts'
import { TABLE_UNITS, type TableCell, type TableRowData } from '../domain/result-table.ts'
import type { LoadSession } from './load-session.ts'

/** A row: its cells, or its cells and where they come from when this run did not measure them. */
export type TableRow =
  | readonly TableCell[]
  | {
      readonly cells: readonly TableCell[]
      /** Marks the row as external, and says whose figures it holds: `'report of 2026-02-20'`. */
      readonly external: string
    }

/** Options of `table()`. */
export interface TableOptions {
  readonly title: string
  readonly columns: readonly string[]
  /** Each with one cell for each column. */
  readonly rows: readonly TableRow[]
  /** Sentences below the table. @default none */
  readonly notes?: readonly string[]
}

const WHERE = 'table(options)'
const text = z.string('takes a text').trim().min(1, 'takes a text that is not empty')
const number = z.number('takes a number').nullable()
const TAKES_CELL = `takes a text, a number, null or { value, unit: ${TABLE_UNITS.map((unit) => `'${unit}'`).join(' | ')} }`
const cell = z.union(
  [z.string(), number, z.strictObject({ value: number, unit: z.enum(TABLE_UNITS), sd: number.optional() }, TAKES_CELL)],
  TAKES_CELL,
)
const cells = z.array(cell, 'takes a list of cells')
const TAKES_ROW = 'takes a list of cells, or { cells, external }'
const row = z.union(
  [cells.transform((all) => ({ cells: all, external: null })), z.strictObject({ cells, external: text }, TAKES_ROW)],
  TAKES_ROW,
)
const OPTIONS = z
  .strictObject(
    {
      title: text,
      columns: z.array(text).min(1, 'takes the titles of the columns'),
      rows: z.array(row, 'takes a list of rows'),
      notes: z.array(text, 'takes a list of sentences').optional(),
    },
    'takes { title, columns, rows, notes }',
  )
  .superRefine(({ columns, rows }, context) => {
    for (const [i, one] of rows.entries()) {
      if (one.cells.length === columns.length) continue
      const message = `takes a row of ${columns.length} cells, one for each column; it has ${one.cells.length}`
      context.addIssue({ code: 'custom', path: ['rows', i], message })
    }
  })

/**
 * Puts a table of the spec's own into every report.
 * @throws LoadError `invalid-option`
 */
export function tellTable(session: Pick<LoadSession, 'beginSearch'>, options: TableOptions): void {
  const parsed = OPTIONS.safeParse(options)
  if (!parsed.success) throw optionsError(WHERE, parsed.error.issues, options, ['title', 'columns', 'rows', 'notes'])
  const { title, columns, notes = [] } = parsed.data
  const rows = parsed.data.rows as readonly TableRowData[]
  const { specId, tell } = session.beginSearch(title)
  const name = [specId.path.at(-1) ?? specId.file, title].join(' · ')
  tell({ kind: 'table', specId, title: name, columns, rows, notes, end: 'done' })
}
