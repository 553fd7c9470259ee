import type { PairRun, PairsSummary } from '../../src/domain/pairs.ts'
import { metricComparisonText } from '../../src/format/comparison-text.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatCount } from '../../src/format/quantity-text.ts'
import { renderTable } from '../../src/format/table.ts'
import { pairRows } from '../pair-rows.ts'
import { expectationLine, type Screen } from './load-view.ts'
import { comparisonLines } from './trend-view.ts'

/** A comparison in pairs: each pair, then what all of them show, and what was claimed. */
export function pairsLines(summary: PairsSummary, screen: Screen): string[] {
  const { columns, style } = screen
  const { title, specId, names, asked, pairs, comparison, expectations, end } = summary
  if (pairs.length === 0) return []
  // What stands in the table's own lines is not said again below each claim.
  const said = new Set(
    comparison === null ? [] : [...comparison.metrics.map(metricComparisonText), ...comparison.notes],
  )
  const stopped = end === 'aborted' ? ['stopped: these are the pairs until then'] : []
  return [
    ...wrapParts([title, `${formatCount(pairs.length)} of ${formatCount(asked)} pairs`], columns, 2).map(style.bold),
    ...wrapParts([specId.file, ...sideNames(names), ...stopped], columns, 2).map(style.dim),
    ...pairTable(pairs, screen),
    ...(comparison === null ? [] : comparisonLines(comparison, screen)),
    ...expectations.flatMap((record) =>
      expectationLine({ ...record, notes: (record.notes ?? []).filter((note) => !said.has(note)) }, screen),
    ),
  ]
}

function sideNames({ a, b }: PairsSummary['names']): string[] {
  return a === 'a' && b === 'b' ? [] : [`a: ${a}`, `b: ${b}`]
}

function pairTable(pairs: readonly PairRun[], { columns, style }: Screen): string[] {
  const { titles, rows } = pairRows(pairs)
  const lines = renderTable(
    titles.map((title, i) => ({ title, align: i === 1 ? 'left' : 'right' })),
    rows,
  )
  const table = lines.every((line) => displayWidth(line) <= columns)
    ? [style.dim(lines[0]!), ...lines.slice(1)]
    : rows.flatMap((row) =>
        wrapParts(
          row.map((text, i) => `${titles[i]} ${text}`),
          columns,
          2,
        ),
      )
  return [
    ...table,
    ...pairs.flatMap(({ excluded }, i) =>
      excluded === null ? [] : wrap(`pair ${i + 1} takes no part: ${excluded}`, columns, 2).map(style.yellow),
    ),
  ]
}
