import { lastPart, OVERLAP, REST, stagePath } from '../../src/domain/stage-name.ts'
import type { LoadNumbers, LoadSummary, StageSummary } from '../../src/domain/perf-meta.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, formatShare, significant } from '../../src/format/quantity-text.ts'
import { type Column, renderTable } from '../../src/format/table.ts'
import type { Screen } from './load-view.ts'

const COLUMNS: readonly Column[] = [
  { title: '  where the time goes', align: 'left' },
  ...['n', 'mean', 'sd', 'share', 'p50', 'p95', 'p99'].map((title): Column => ({ title, align: 'right' })),
]

/** The trees of stages of a load with what was counted: of the whole, or of each part where the whole has several. */
export function stageLines(load: LoadSummary, screen: Screen): string[] {
  const whole = [{ title: '', numbers: load.numbers }]
  const parts = load.requests.map(({ name, numbers }) => ({ title: name, numbers }))
  const staged = !load.isMix && load.numbers.stages.length > 0 ? whole : parts
  const counted = !load.isMix && load.numbers.counters.length > 0 ? whole : parts
  return [
    ...staged.flatMap(({ title, numbers }) => [...treeLines(title, numbers, screen), ...overlapLines(numbers, screen)]),
    ...counted.flatMap(({ title, numbers }) => counterLines(title, numbers, screen)),
  ]
}

function treeLines(title: string, { stages }: LoadNumbers, { columns, style }: Screen): string[] {
  if (stages.length === 0) return []
  const rows = stages.filter(({ name }) => lastPart(name) !== OVERLAP)
  const texts = rows.map((stage) => [`${'  '.repeat(stage.depth + 1)}${label(stage)}`, ...cells(stage)])
  // A screen that is a little too narrow does without p99, rather than without a table.
  const table = [COLUMNS.length, COLUMNS.length - 1]
    .map((count) =>
      renderTable(
        COLUMNS.slice(0, count),
        texts.map((row) => row.slice(0, count)),
      ),
    )
    .find((lines) => lines.every((line) => displayWidth(line) <= columns))
  const lines =
    table !== undefined
      ? table.map((line, i) => (i === 0 || rows[i - 1]!.inferred ? style.dim(line) : line))
      : rows.flatMap((stage) =>
          wrapParts(
            [
              `${'  '.repeat(stage.depth + 1)}${label(stage)}`,
              ...cells(stage).map((cell, i) => `${COLUMNS[i + 1]!.title} ${cell}`),
            ],
            columns,
            4,
          ),
        )
  return [...(title === '' ? [] : wrap(`  ${title}`, columns, 2)), ...lines]
}

function label({ name, inferred }: StageSummary): string {
  if (lastPart(name) === REST) return '(rest, not measured)'
  return `${lastPart(stagePath(name))}${inferred ? ' (inferred)' : ''}`
}

function cells({ n, meanUs, sdUs, share, p50, p95, p99 }: StageSummary): string[] {
  return [
    formatCount(n),
    formatDuration(meanUs),
    formatDuration(sdUs),
    formatShare(share),
    ...[p50, p95, p99].map(formatDuration),
  ]
}

function overlapLines({ stages }: LoadNumbers, { columns, style }: Screen): string[] {
  return stages
    .filter(({ name }) => lastPart(name) === OVERLAP)
    .flatMap(({ name, n, meanUs }) => {
      const whole = name === OVERLAP ? 'the latency' : stagePath(name).slice(0, -OVERLAP.length - 1)
      return wrap(
        `! in ${formatCount(n)} requests the parts of ${whole} are longer than it, by ${formatDuration(meanUs)} on average: they overlap, or a unit is wrong`,
        columns,
        2,
      ).map(style.yellow)
    })
}

function counterLines(title: string, { counters }: LoadNumbers, { columns }: Screen): string[] {
  return counters.flatMap(({ name, n, missing, total, share }) =>
    wrapParts(
      [
        `  counter ${title === '' ? '' : `${title}: `}${name}`,
        `${formatShare(share)} of ${formatCount(n)} answers`,
        `total ${significant(total)}`,
        ...(missing === 0 ? [] : [`${formatCount(missing)} good answers did not tell it`]),
      ],
      columns,
      4,
    ),
  )
}
