import type { Comparison, Trend, TrendPoint } from '../../src/domain/comparison.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { bar } from '../../src/format/bar.ts'
import { metricComparisonParts } from '../../src/format/comparison-text.ts'
import { displayWidth, pad, truncate, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatRecorded, recordedMetric } from '../../src/format/metric-text.ts'
import { formatChange, formatCount, formatShare, formatSpeedup } from '../../src/format/quantity-text.ts'
import { comparisonWord } from './verdict-text.ts'
import type { Screen } from './load-view.ts'

const SHOWN_POINTS = 8
const WIDEST_BAR = 32
const WIDEST_LABEL = 24

/** Where a load stands against the runs before it: bars, changes, the cumulative change, the comparison's verdict. */
export function trendLines(load: LoadSummary, screen: Screen): string[] {
  const { columns, style } = screen
  const { trend, comparison } = load
  if (trend === null && comparison === null) return []
  return [
    ...wrapParts([load.title, ...(trend === null ? [] : headline(trend))], columns, 2).map(style.bold),
    ...(trend === null ? [] : [...pointLines(trend, screen), ...cumulativeLines(trend, screen)]),
    ...(comparison === null ? [] : comparisonLines(comparison, screen)),
  ]
}

function headline(trend: Trend): string[] {
  const { label, better } = recordedMetric(trend.metric)
  return [
    `${label} (${better} is better)`,
    `${formatCount(trend.points.length)} comparable ${trend.points.length === 1 ? 'run' : 'runs'}`,
    ...(trend.incomparable === 0
      ? []
      : [`${formatCount(trend.incomparable)} of other environments or workloads left out`]),
  ]
}

function pointLines(trend: Trend, { columns, style }: Screen): string[] {
  const shown =
    trend.points.length <= SHOWN_POINTS ? trend.points : [trend.points[0]!, ...trend.points.slice(1 - SHOWN_POINTS)]
  const labels = shown.map((point) => truncate(point.current ? 'this run' : point.label, WIDEST_LABEL))
  const values = shown.map((point) => formatRecorded(trend.metric, point.value))
  const changes = shown.map((point) => changeText(point, trend))
  const widest = (texts: readonly string[]): number => Math.max(...texts.map(displayWidth))
  const [labelWidth, valueWidth, changeWidth] = [widest(labels), widest(values), widest(changes)]
  const barWidth = Math.min(WIDEST_BAR, columns - labelWidth - valueWidth - changeWidth - 5)
  const max = Math.max(...shown.map((point) => point.value))
  const lines = shown.map((point, i) => {
    const text =
      ` ${pad(labels[i]!, labelWidth)} ${pad(values[i]!, valueWidth, 'right')} ` +
      `${pad(bar(point.value, max, barWidth), Math.max(0, barWidth))}  ${changes[i]!}`
    // A screen too narrow for bars gets the figures, cut rather than broken.
    const line = truncate(text.trimEnd(), columns)
    return point.current ? line : style.dim(line)
  })
  const hidden = trend.points.length - shown.length
  return hidden === 0 ? lines : [lines[0]!, style.dim(` … ${runs(hidden)} not shown`), ...lines.slice(1)]
}

/** Change and factor against the point before; `TrendPoint.speedup` is against the first and stands below the bars. */
function changeText(point: TrendPoint, trend: Trend): string {
  if (point.change === null) return 'first'
  const factor = 1 + point.change
  const speedup = recordedMetric(trend.metric).better === 'higher' ? factor : 1 / factor
  return `${pad(formatChange(point.change), 8)} ${Number.isFinite(speedup) ? formatSpeedup(speedup) : ''}`.trimEnd()
}

function cumulativeLines(trend: Trend, { columns, style }: Screen): string[] {
  const last = trend.points.at(-1)
  if (last === undefined) return []
  if (last.cumulative === null)
    return wrap(' first run of this spec here: later runs are compared with it', columns, 1).map(style.dim)
  return wrapParts([` cumulative ${formatChange(last.cumulative)}`, formatSpeedup(last.speedup)], columns, 1)
}

function comparisonLines(comparison: Comparison, { columns, style }: Screen): string[] {
  if (comparison.metrics.length === 0) {
    return wrapParts([` ${comparison.verdict}`, ...comparison.notes], columns, 3).map(style.dim)
  }
  const cv = comparison.runCv
  const noise = cv === null ? [] : [`run-to-run CV ${formatShare(cv.value)} (${cv.source})`]
  const [first = '', ...rest] = wrapParts(
    [` ${comparison.verdict} against ${comparison.against}`, ...noise],
    columns,
    3,
  )
  return [
    first.replace(comparison.verdict, comparisonWord(comparison.verdict, style)),
    ...rest,
    ...comparison.metrics.flatMap((metric) => indented(metricComparisonParts(metric), columns)),
    ...comparison.notes.flatMap((note) => wrap(`   ${note}`, columns, 3).map(style.dim)),
  ]
}

function indented([first = '', ...rest]: readonly string[], columns: number): string[] {
  return wrapParts([`   ${first}`, ...rest], columns, 5)
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${formatCount(count)} runs`
}
