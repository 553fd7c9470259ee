import type { SearchSummary } from '../../src/domain/search.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { specIdText } from '../../src/domain/spec-id.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { alertLines } from './alert-view.ts'
import { audioLines } from './audio-view.ts'
import { eventLines } from './event-view.ts'
import { findingLines } from './finding-view.ts'
import { expectationLines, goodputParts, loadBlock, planLines, WIDE, wideTable } from './load-view.ts'
import type { Screen } from './load-view.ts'
import { lastLooks } from '../../src/domain/look.ts'
import { loadsOfSearches } from '../loads-of-searches.ts'
import { searchLines } from './search-view.ts'
import { stageLines } from './stage-view.ts'
import { trendLines } from './trend-view.ts'
import { watchedLines } from './watched-view.ts'

/** What stands at the end of a run. */
export interface Report {
  readonly loads: readonly LoadSummary[]
  readonly searches: readonly SearchSummary[]
  /** Files that were written. */
  readonly paths: readonly string[]
  /** Sentences about the run: problems of the store, what became the baseline. */
  readonly notes: readonly string[]
  readonly interrupted: boolean
}

/** The final report, line by line; no line but a path is wider than the screen. */
export function reportLines(report: Report, screen: Screen): string[] {
  const { style, columns } = screen
  const { searches } = report
  const shown = loadsOfSearches(searches)
  const loads = report.loads.filter(({ specId }) => !shown.has(specIdText(specId)))
  // Problems of the store come with every load: each is said once.
  const notes = [...new Set([...report.loads.flatMap((load) => load.notes), ...report.notes])]
  const table = columns >= WIDE && loads.length > 0 ? wideTable(loads, screen) : null
  // A long value can make the table wider than the screen: then blocks, whatever the width.
  const wide = table !== null && table.every((line) => displayWidth(line) <= columns) ? table : null
  const trends = lastLooks(report.loads)
    .filter((load) => loads.includes(load) || comparedLoad(load))
    .map((load) => trendLines(load, screen))
    .filter((lines) => lines.length > 0)
  return [
    ...(report.interrupted ? [style.yellow('perf: interrupted; this is what was measured until then')] : []),
    ...searches.flatMap((search) => {
      const lines = searchLines(search, report.loads, screen)
      return lines.length === 0 ? [] : ['', ...lines]
    }),
    ...(wide === null ? [] : ['', ...wide]),
    ...loads.flatMap((load) => [
      '',
      ...(wide === null
        ? loadBlock(load, screen)
        : [
            ...wrap(load.title, columns, 2).map(style.bold),
            ...planLines(load, screen),
            ...wrapParts(goodputParts(load.numbers), columns, 2),
          ]),
      ...audioLines(load, screen),
      ...stageLines(load, screen),
      ...watchedLines(load, screen),
      ...eventLines(load, screen),
      ...alertLines(load, screen),
      ...findingLines(load, screen),
      ...expectationLines(load, screen),
    ]),
    ...(trends.length === 0 ? [] : ['', style.bold('Trend'), ...trends.flatMap((lines) => ['', ...lines])]),
    ...(notes.length === 0 ? [] : ['', ...noteLines(notes, screen)]),
    ...(report.paths.length === 0 ? [] : ['', style.dim('written')]),
    // Paths are never cut or broken: they are there to be copied.
    ...report.paths.map((path) => `  ${path}`),
  ]
}

/** The trends of many cells would bury the rest: they are shown where the spec asked for the comparison. */
function comparedLoad({ expectations }: LoadSummary): boolean {
  return expectations.some(({ matcher }) => matcher === 'toNotRegress')
}

function noteLines(notes: readonly string[], { columns, style }: Screen): string[] {
  return notes.flatMap((note) => wrap(`perf: ${note}`, columns, 2)).map(style.yellow)
}
