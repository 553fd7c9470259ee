import type { TableCell, TableSummary, TableUnit } from '../domain/result-table.ts'
import { formatBytes, formatDuration, formatRate, formatShare, NOT_AVAILABLE, significant } from './quantity-text.ts'
import { formatResource } from './resource-text.ts'

/** A spec's own table, every cell as text. */
export interface TableTexts {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Columns of words: they begin at the left. The first always does. */
  readonly words: readonly number[]
  /** Sentences below it, the sources of external rows among them. */
  readonly notes: readonly string[]
}

const UNIT_TEXTS: Readonly<Record<TableUnit, (value: number) => string>> = {
  ms: (value) => formatDuration(value * 1e3),
  s: (value) => formatDuration(value * 1e6),
  bytes: formatBytes,
  '1/s': formatRate,
  share: formatShare,
  cores: (value) => formatResource('cpuCores', value),
}

/** Cells with their units; rows that this run did not measure are marked, and where they come from stands below. */
export function tableTexts({ columns, rows, notes }: Pick<TableSummary, 'columns' | 'rows' | 'notes'>): TableTexts {
  const sources = [...new Set(rows.flatMap(({ external }) => external ?? []))]
  const isWords = (column: number): boolean =>
    rows.every(({ cells }) => typeof cells[column] === 'string' || cells[column] === null)
  return {
    titles: columns,
    rows: rows.map(({ cells, external }) => {
      const [first = '', ...rest] = cells.map(cellText)
      return [external === null ? first : `${first} (external)`, ...rest]
    }),
    words: columns.flatMap((_, i) => (i === 0 || isWords(i) ? [i] : [])),
    notes: [...sources.map((source) => `external: not measured here, from ${source}`), ...notes],
  }
}

function cellText(cell: TableCell): string {
  if (cell === null) return NOT_AVAILABLE
  if (typeof cell === 'string') return cell
  if (typeof cell === 'number') return significant(cell)
  const { value, unit, sd } = cell
  if (value === null) return NOT_AVAILABLE
  const text = UNIT_TEXTS[unit]
  return sd === undefined ? text(value) : `${text(value)} ± ${sd === null ? NOT_AVAILABLE : text(sd)}`
}
