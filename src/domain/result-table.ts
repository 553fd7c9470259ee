import type { SpecId } from './spec-id.ts'

/** What a figure of a table counts. A share is 0 to 1. */
export const TABLE_UNITS = ['ms', 's', 'bytes', '1/s', 'share', 'cores'] as const
export type TableUnit = (typeof TABLE_UNITS)[number]

/** A figure with its unit; `null` prints as `n/a`, never as 0. */
export interface TableFigure {
  readonly value: number | null
  readonly unit: TableUnit
  /** Standard deviation, in the same unit. @default none is shown */
  readonly sd?: number | null
}

/** A text, a plain number, nothing (`n/a`), or a figure. */
export type TableCell = string | number | null | TableFigure

/** One row, as a report keeps it. */
export interface TableRowData {
  readonly cells: readonly TableCell[]
  /** Where its figures come from when this run did not measure them; else `null`. */
  readonly external: string | null
}

/** A table that a spec made of what it measured. Travels to reporters. */
export interface TableSummary {
  readonly kind: 'table'
  /** What the target tells of itself stands with the environment too. */
  readonly about?: 'target'
  readonly specId: SpecId
  /** Test name and the table's own. */
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRowData[]
  /** Sentences below it. */
  readonly notes: readonly string[]
  readonly end: 'done' | 'aborted'
}
