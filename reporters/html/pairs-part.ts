import type { PairsSummary } from '../../src/domain/pairs.ts'
import { metricComparisonText } from '../../src/format/comparison-text.ts'
import { formatCount } from '../../src/format/quantity-text.ts'
import { pairRows } from '../pair-rows.ts'
import type { ProcedureView } from './procedure-section.ts'
import { tableView } from './table-view.ts'

/** What a page shows of a comparison in pairs: its verdict, each metric, each pair. */
export function pairsPart(summary: PairsSummary): Pick<ProcedureView, 'answer' | 'lines' | 'tables' | 'claims'> {
  const { names, asked, pairs, comparison, expectations } = summary
  const { titles, rows } = pairRows(pairs)
  const count = `${formatCount(pairs.length)} of ${formatCount(asked)} pairs`
  return {
    answer: comparison === null ? count : `b is ${comparison.verdict} against ${comparison.against}`,
    lines: [
      `a: ${names.a} · b: ${names.b} · ${count}`,
      ...(comparison === null ? [] : [...comparison.metrics.map(metricComparisonText), ...comparison.notes]),
      ...pairs.flatMap(({ excluded }, i) => (excluded === null ? [] : [`pair ${i + 1} takes no part: ${excluded}`])),
    ],
    tables: [tableView('Pairs', titles, rows, { words: [1] })],
    claims: expectations,
  }
}
