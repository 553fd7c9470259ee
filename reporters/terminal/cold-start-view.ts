import type { ColdStartRun, ColdStartSummary } from '../../src/domain/cold-start.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, NOT_AVAILABLE, significant } from '../../src/format/quantity-text.ts'
import { renderTable } from '../../src/format/table.ts'
import { expectationLine, type Screen } from './load-view.ts'

interface Row {
  readonly title: string
  readonly value: (run: ColdStartRun) => number | null
  readonly text: (value: number) => string
}

const ROWS: readonly Row[] = [
  { title: 'cold start', value: ({ coldStartUs }) => coldStartUs, text: formatDuration },
  { title: 'process to ready', value: ({ readyUs }) => readyUs, text: formatDuration },
  { title: 'model load', value: ({ modelLoadUs }) => modelLoadUs, text: formatDuration },
  { title: 'first answer', value: ({ firstAnswerUs }) => firstAnswerUs, text: formatDuration },
  { title: 'steady p50', value: ({ steadyUs }) => steadyUs, text: formatDuration },
  {
    title: 'first request penalty',
    value: ({ firstRequestPenalty }) => firstRequestPenalty,
    text: (value) => `${significant(value)}×`,
  },
  { title: 'requests until steady', value: ({ untilSteady }) => untilSteady, text: significant },
]
const TITLES = ['', 'n', 'mean', 'sd', 'min', 'max']

/** Starts of one thing: each figure over the starts, what was claimed, and what a reader must know. */
export function coldStartLines(summary: ColdStartSummary, screen: Screen): string[] {
  const { columns, style } = screen
  const { title, specId, asked, runs, expectations, notes, end } = summary
  if (runs.length === 0) return []
  const rows = ROWS.flatMap((row) => {
    const values = runs.flatMap((run) => row.value(run) ?? [])
    return values.length === 0 ? [] : [[`  ${row.title}`, ...figures(values, row.text)]]
  })
  const lines = renderTable(
    TITLES.map((name, i) => ({ title: name, align: i === 0 ? 'left' : 'right' })),
    rows,
  )
  const starts = `${formatCount(runs.length)} of ${formatCount(asked)} starts`
  return [
    ...wrapParts([title, starts], columns, 2).map(style.bold),
    ...wrapParts(
      [
        specId.file,
        `${formatCount(runs[0]!.latenciesUs.length)} requests after each`,
        ...(end === 'aborted' ? ['stopped: these are the starts until then'] : []),
      ],
      columns,
      2,
    ).map(style.dim),
    ...(lines.every((line) => displayWidth(line) <= columns)
      ? [style.dim(lines[0]!), ...lines.slice(1)]
      : rows.flatMap(([name = '', ...cells]) =>
          wrapParts([name, ...cells.map((cell, i) => `${TITLES[i + 1]} ${cell}`)], columns, 4),
        )),
    ...expectations.flatMap((record) => expectationLine({ ...record, notes: record.notes ?? [] }, screen)),
    ...notes.flatMap((note) => wrap(`  ${note}`, columns, 4)).map(style.dim),
  ]
}

function figures(values: readonly number[], text: (value: number) => string): string[] {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  return [
    formatCount(n),
    text(mean),
    n < 2 ? NOT_AVAILABLE : text(sd),
    text(Math.min(...values)),
    text(Math.max(...values)),
  ]
}
