import { displayWidth, pad } from './display-width.ts'

/** One column of a text table. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

const GAP = '  '

/** Lines of a table with a title row; cells may carry colour. Columns are as wide as their widest cell. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, i) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => pad(cells[i] ?? '', widths[i]!, column.align))
      .join(GAP)
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...rows.map(line)]
}
