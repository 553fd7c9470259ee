import type { ConcurrencySummary } from '../../src/domain/concurrency.ts'
import type { LoadNumbers, LoadSummary } from '../../src/domain/perf-meta.ts'
import { specIdText } from '../../src/domain/spec-id.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import {
  formatChange,
  formatCount,
  formatDuration,
  formatInterval,
  formatRate,
  formatShare,
  formatSpeedup,
  formatUsers,
} from '../../src/format/quantity-text.ts'
import { renderTable } from '../../src/format/table.ts'
import type { Screen } from './load-view.ts'
import { partLines } from './part-lines.ts'

interface Row {
  readonly title: string
  readonly value: (numbers: LoadNumbers) => number | null
  readonly text: (value: number | null) => string
  /** What the change of is told; `null` where a change says nothing. */
  readonly better: 'lower' | 'higher' | null
}

const ROWS: readonly Row[] = [
  { title: 'requests', value: ({ outcomes }) => outcomes.attempted, text: formatCount, better: null },
  {
    title: 'success',
    value: ({ outcomes: { good, attempted } }) => (attempted === 0 ? null : good / attempted),
    text: formatShare,
    better: null,
  },
  { title: 'total time', value: ({ windowUs }) => windowUs, text: formatDuration, better: 'lower' },
  { title: 'qps', value: ({ qps }) => qps, text: formatRate, better: 'higher' },
  {
    title: 'tokens/s',
    value: ({ outputTokensPerSecond }) => outputTokensPerSecond,
    text: formatRate,
    better: 'higher',
  },
  { title: 'p50 latency', value: ({ latency }) => latency?.p50 ?? null, text: formatDuration, better: 'lower' },
  { title: 'p95 latency', value: ({ latency }) => latency?.p95 ?? null, text: formatDuration, better: 'lower' },
  { title: 'max latency', value: ({ latency }) => latency?.max ?? null, text: formatDuration, better: 'lower' },
  { title: 'p50 TTFT', value: ({ ttft }) => ttft?.p50 ?? null, text: formatDuration, better: 'lower' },
]

/** A sequential load beside a concurrent one: every figure of both from the same two measurements. */
export function concurrencyLines(
  summary: ConcurrencySummary,
  loads: readonly LoadSummary[],
  { columns, style }: Screen,
): string[] {
  const { specId, title, users, speedup, speedupInterval, efficiency, end } = summary
  const loadOf = (label: string): LoadSummary | null =>
    loads.find((load) => specIdText(load.specId) === specIdText({ ...specId, label })) ?? null
  const [sequential, concurrent] = [loadOf(summary.sequential), loadOf(summary.concurrent)]
  if (sequential === null && concurrent === null) return []
  const answer =
    speedup === null
      ? 'speed-up n/a'
      : `${formatSpeedup(speedup)} ${formatInterval(speedupInterval, formatSpeedup)}`.trimEnd() +
        ` with ${formatUsers(users)}, efficiency ${formatShare(efficiency)}`
  const stopped = end === 'aborted' ? ['stopped: this is what was measured until then'] : []
  const screen = { columns, style }
  return [
    ...wrapParts([title, answer], columns, 2).map(style.bold),
    ...wrapParts([specId.file, ...stopped], columns, 2).map(style.dim),
    ...table(users, sequential?.numbers ?? null, concurrent?.numbers ?? null, screen),
    ...partLines(summary.sequential, null, sequential, screen),
    ...partLines(summary.concurrent, null, concurrent, screen),
  ]
}

function table(
  users: number,
  sequential: LoadNumbers | null,
  concurrent: LoadNumbers | null,
  { columns, style }: Screen,
): string[] {
  const rows = ROWS.map((row) => {
    const [old, now] = [sequential, concurrent].map((numbers) => (numbers === null ? null : row.value(numbers)))
    return { row, old: old ?? null, now: now ?? null }
  }).filter(({ old, now }) => old !== null || now !== null)
  const cells = rows.map(({ row, old, now }) => [
    `  ${row.title}`,
    row.text(old),
    row.text(now),
    ...changes(row, old, now),
  ])
  const titles = ['', 'sequential', formatUsers(users), 'change', 'speed-up']
  const lines = renderTable(
    titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    cells,
  )
  if (lines.every((line) => displayWidth(line) <= columns)) return [style.dim(lines[0]!), ...lines.slice(1)]
  return cells.flatMap(([title = '', ...texts]) => [
    ...wrap(title, columns, 4),
    ...wrapParts(
      texts.flatMap((text, i) => (text === '' ? [] : [`${i === 0 ? '    ' : ''}${titles[i + 1]} ${text}`])),
      columns,
      4,
    ),
  ])
}

/** `new / old - 1`, and the factor by which it is better. */
function changes({ better }: Row, old: number | null, now: number | null): [string, string] {
  if (better === null || old === null || now === null || old <= 0 || now <= 0) return ['', '']
  return [formatChange(now / old - 1), formatSpeedup(better === 'lower' ? old / now : now / old)]
}
