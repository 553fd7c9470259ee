import type { TableSummary } from '../../src/domain/result-table.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { renderTable } from '../../src/format/table.ts'
import { tableTexts } from '../../src/format/table-text.ts'
import type { Screen } from './load-view.ts'

/** A table of the spec's own; where it is wider than the screen, row by row. */
export function tableLines(summary: TableSummary, { columns, style }: Screen): string[] {
  const { titles, rows, words, notes } = tableTexts(summary)
  const [head = '', ...body] = renderTable(
    titles.map((title, i) => ({ title: i === 0 ? `  ${title}` : title, align: words.includes(i) ? 'left' : 'right' })),
    rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]),
  )
  const fits = [head, ...body].every((line) => displayWidth(line) <= columns)
  return [
    ...wrap(summary.title, columns, 2).map(style.bold),
    ...wrap(summary.specId.file, columns, 2).map(style.dim),
    ...(fits
      ? [style.dim(head), ...body]
      : rows.flatMap(([first = '', ...rest]) =>
          wrapParts([`  ${first}`, ...rest.map((text, i) => `${titles[i + 1]} ${text}`)], columns, 4),
        )),
    ...notes.flatMap((note) => wrap(`  ${note}`, columns, 4)).map(style.dim),
  ]
}
