import type { StageGain, Trend } from '../../src/domain/comparison.ts'
import { lastPart, OVERLAP, REST, stagePath } from '../../src/domain/stage-name.ts'
import { displayWidth, truncate, wrapParts } from '../../src/format/display-width.ts'
import { formatDuration, formatShare } from '../../src/format/quantity-text.ts'
import { renderTable } from '../../src/format/table.ts'
import type { Screen } from './load-view.ts'

const WIDEST_TITLE = 16
/** Microseconds below which what the stages leave unexplained is rounding. */
const ROUNDING_US = 2

/** What each stage gave to the change from the first to the last version that tell stages. */
export function stageGainLines(trend: Trend, { columns, style }: Screen): string[] {
  const { stages, stageVersions } = trend
  const total = stages.find(({ depth }) => depth === 0)
  if (stageVersions === null || total === undefined) return []
  const titles = stageVersions.map((label) => truncate(label, WIDEST_TITLE))
  const head = [' stage', ...titles, 'change', total.differenceUs <= 0 ? 'of gain' : 'of loss']
  const rows = stages.map(({ name, depth, firstUs, lastUs, differenceUs, share }) => [
    ` ${'  '.repeat(Math.max(0, depth - 1))}${depth === 0 ? 'total' : stageLabel(name)}`,
    formatDuration(firstUs),
    formatDuration(lastUs),
    signedDuration(differenceUs),
    formatShare(share),
  ])
  const table = renderTable(
    head.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    rows,
  )
  const lines = table.every((line) => displayWidth(line) <= columns)
    ? table.map((line, i) => (i === 0 ? style.dim(line) : line))
    : rows.flatMap((row) =>
        wrapParts([row[0]!, ...row.slice(1).map((cell, i) => `${head[i + 1]} ${cell}`)], columns, 4),
      )
  return [...lines, residualText(trend, total)]
}

/** Parts must add up to the whole; what they leave over was told by nobody. */
function residualText({ stages }: Trend, whole: StageGain): string {
  const sum = stages
    .filter(({ depth }) => depth === 1)
    .reduce((total, { name, differenceUs }) => total + (lastPart(name) === OVERLAP ? -differenceUs : differenceUs), 0)
  const residual = whole.differenceUs - sum
  return Math.abs(residual) < ROUNDING_US * stages.length
    ? ' residual 0 ✓'
    : ` residual ${signedDuration(residual)}: stages do not add up to the total`
}

function stageLabel(name: string): string {
  if (lastPart(name) === REST) return '(rest, not measured)'
  return lastPart(stagePath(name))
}

function signedDuration(us: number): string {
  return us === 0 ? '0 s' : `${us > 0 ? '+' : '−'}${formatDuration(Math.abs(us))}`
}
