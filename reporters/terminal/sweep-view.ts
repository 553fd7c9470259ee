import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { specIdText } from '../../src/domain/spec-id.ts'
import {
  pointsOf,
  pointText,
  type SweepCellSummary,
  type SweepPoint,
  type SweepSummary,
} from '../../src/domain/sweep.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { profileText } from '../../src/format/plan-text.ts'
import { formatCount, NOT_AVAILABLE } from '../../src/format/quantity-text.ts'
import { renderTable } from '../../src/format/table.ts'
import { type SweepFigure, sweepFigures } from '../sweep-figure.ts'
import type { Screen } from './load-view.ts'
import { partLines } from './part-lines.ts'

interface Cell {
  readonly summary: SweepCellSummary
  readonly load: LoadSummary | null
}

/** A sweep: a matrix for each metric, then what was claimed of its cells and what went wrong in them. */
export function sweepLines(sweep: SweepSummary, loads: readonly LoadSummary[], screen: Screen): string[] {
  const { columns, style } = screen
  const cells = cellsOf(sweep, loads)
  const measured = cells.flatMap(({ load }) => load ?? [])
  if (measured.length === 0) return []
  const figures = sweepFigures(measured.map(({ numbers }) => numbers))
  const counts = [
    `${formatCount(measured.length)} of ${formatCount(cells.length)} cells measured`,
    ...(sweep.end === 'aborted' ? ['stopped: these are the cells until then'] : []),
  ]
  return [
    ...wrap(sweep.title, columns, 2).map(style.bold),
    ...wrapParts([sweep.specId.file, commonProfile(measured), ...counts].filter(Boolean), columns, 2).map(style.dim),
    ...(sweep.axes.length === 1 ? axisTable(sweep, cells, figures, screen) : matrices(sweep, cells, figures, screen)),
    ...cells.flatMap(({ summary, load }) => partLines(summary.label, summary.why, load, screen)),
  ]
}

function cellsOf({ specId, cells }: SweepSummary, loads: readonly LoadSummary[]): Cell[] {
  const byId = new Map(loads.map((load) => [specIdText(load.specId), load]))
  return cells.map((summary) => ({ summary, load: byId.get(specIdText({ ...specId, label: summary.label })) ?? null }))
}

/** The profile when all cells have the same. */
function commonProfile(loads: readonly LoadSummary[]): string {
  const texts = new Set(loads.map(({ profile }) => profileText(profile)))
  return texts.size === 1 ? [...texts][0]! : ''
}

/** One axis: its values below each other, and a column for every metric. */
function axisTable(
  { axes }: SweepSummary,
  cells: readonly Cell[],
  figures: readonly SweepFigure[],
  screen: Screen,
): string[] {
  const [axis] = axes
  return table(
    [axis!.name, 'n', ...figures.map(({ title }) => title)],
    cells.map((cell) => [
      String(cell.summary.point[axis!.name]),
      formatCount(cell.load?.numbers.outcomes.attempted ?? null),
      ...figures.map((figure) => cellText(cell, figure)),
    ]),
    screen,
  )
}

/** Several axes: a matrix for every metric, the last axis from left to right. */
function matrices(
  { axes }: SweepSummary,
  cells: readonly Cell[],
  figures: readonly SweepFigure[],
  screen: Screen,
): string[] {
  const last = axes.at(-1)!
  const rows = pointsOf(axes.slice(0, -1))
  const at = (point: SweepPoint): Cell =>
    cells.find(({ summary }) => Object.entries(point).every(([name, value]) => summary.point[name] === value))!
  return figures.flatMap((figure) => [
    screen.style.bold(`  ${figure.title}`),
    ...table(
      ['', ...last.values.map((value) => `${last.name}=${String(value)}`)],
      rows.map((row) => [
        pointText(row),
        ...last.values.map((value) => cellText(at({ ...row, [last.name]: value }), figure)),
      ]),
      screen,
    ),
  ])
}

/** What was never measured is `n/a`; what was, and may not be judged, has a mark. */
function cellText({ load }: Cell, { value, text }: SweepFigure): string {
  if (load === null) return NOT_AVAILABLE
  const shown = text(value(load.numbers), load.numbers)
  return load.validity.state === 'invalid' ? `! ${shown}` : shown
}

/** A table, or where the screen is too narrow a line for each of its rows. */
function table(titles: readonly string[], rows: readonly (readonly string[])[], { columns, style }: Screen): string[] {
  const [head = '', ...lines] = renderTable(
    titles.map((title, i) => ({ title: i === 0 ? `  ${title}` : title, align: i === 0 ? 'left' : 'right' })),
    rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]),
  )
  if ([head, ...lines].every((line) => displayWidth(line) <= columns)) return [style.dim(head), ...lines]
  return rows.flatMap(([first = '', ...rest]) =>
    wrapParts(
      [`  ${titles[0] === '' ? '' : `${titles[0]}=`}${first}`, ...rest.map((text, i) => `${titles[i + 1]} ${text}`)],
      columns,
      4,
    ),
  )
}
