/** A table as the template writes it; every text is escaped there. */
export interface TableView {
  readonly caption: string
  readonly head: readonly CellView[]
  readonly rows: readonly RowView[]
  /** What was left out, in words; empty for nothing. */
  readonly more: string
}

interface CellView {
  readonly text: string
  /** Not a figure: begins at the left. */
  readonly word: boolean
  /** Class of a heat map: `h0` to `h6`, else absent. */
  readonly heat?: string
}

interface RowView {
  readonly head: CellView
  readonly cells: readonly CellView[]
}

/** Rows of one table: the first hundreds of names say what there is to say. */
const MOST_ROWS = 60

/** A table whose first column names its rows and whose other columns are figures. */
export function tableView(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { words = [] }: { readonly words?: readonly number[] } = {},
): TableView {
  const cell = (text: string, column: number): CellView => ({ text, word: column === 0 || words.includes(column) })
  return {
    caption,
    head: titles.map(cell),
    rows: rows.slice(0, MOST_ROWS).map(([first = '', ...rest]) => ({
      head: cell(first, 0),
      cells: rest.map((text, i) => cell(text, i + 1)),
    })),
    more: rows.length > MOST_ROWS ? `${rows.length - MOST_ROWS} more rows are in the JSON report` : '',
  }
}

/** Steps of a heat map: more than an eye can tell apart say nothing. */
const HEATS = 7

/** The same table with its figures as heat: the place of each value between the lowest and the highest. */
export function heatView(table: TableView, values: readonly (readonly (number | null)[])[]): TableView {
  const known = values.flat().filter((value) => value !== null)
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const step = (value: number): number =>
    high > low ? Math.min(HEATS - 1, Math.floor(((value - low) / (high - low)) * HEATS)) : 0
  const heatOf = (value: number | null): { heat?: string } => (value === null ? {} : { heat: `h${step(value)}` })
  return {
    ...table,
    rows: table.rows.map((row, i) => ({
      ...row,
      cells: row.cells.map((cell, j) => ({ ...cell, ...heatOf(values[i]?.[j] ?? null) })),
    })),
  }
}
