import type { Comparison, Trend, TrendPoint } from '../../src/domain/comparison.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { bar } from '../../src/format/bar.ts'
import { metricComparisonParts } from '../../src/format/comparison-text.ts'
import { displayWidth, pad, truncate, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatRecorded, recordedMetric } from '../../src/format/metric-text.ts'
import {
  formatChange,
  formatCount,
  formatInterval,
  formatShare,
  formatSpeedup,
} from '../../src/format/quantity-text.ts'
import { stageGainLines } from './stage-gain-view.ts'
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
    ...(trend === null
      ? wrapParts([load.title], columns, 2).map(style.bold)
      : trendBlock({ title: load.title, trend, environment: null }, screen)),
    ...(comparison === null ? [] : comparisonLines(comparison, screen)),
  ]
}

/** A trend with its name, and where it was measured if that is to be told. */
export interface NamedTrend {
  readonly title: string
  readonly trend: Trend
  readonly environment: string | null
}

/** Bars, changes, the cumulative change with its interval, single values and stages of one trend. */
export function trendBlock({ title, trend, environment }: NamedTrend, screen: Screen): string[] {
  const { columns, style } = screen
  return [
    ...wrapParts([title, ...headline(trend, environment)], columns, 2).map(style.bold),
    ...pointLines(trend, screen),
    ...cumulativeLines(trend, screen),
    ...levelLines(trend, screen),
    ...sampleLines(trend, screen),
    ...stageGainLines(trend, screen),
  ]
}

function headline(trend: Trend, environment: string | null): string[] {
  const { label, better } = recordedMetric(trend.metric)
  const count = trend.points.reduce((sum, point) => sum + point.runs, 0)
  const imported = trend.points.filter(({ origin }) => origin === 'imported').length
  return [
    `${label} (${better} is better)`,
    ...(environment === null ? [] : [environment]),
    `${formatCount(count)} comparable ${count === 1 ? 'run' : 'runs'}`,
    ...(imported === 0 ? [] : [imported === trend.points.length ? 'imported' : `${formatCount(imported)} imported`]),
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
  const changeTexts = shown.map((point) => changeText(point, trend))
  const changesWidth = Math.max(...changeTexts.map(displayWidth))
  const changes = shown.map((point, i) => `${pad(changeTexts[i]!, changesWidth)}  ${markText(point, trend)}`.trimEnd())
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

/** How many runs a bar stands on, and that the level changed there. */
function markText(point: TrendPoint, { points, changes }: Trend): string {
  const { runs, cv } = point
  return [
    ...(changes.some(({ index }) => points[index] === point) ? ['◆'] : []),
    ...(runs < 2 ? [] : [`n=${formatCount(runs)}`, ...(cv === null ? [] : [`CV ${formatShare(cv)}`])]),
  ].join(' ')
}

function cumulativeLines(trend: Trend, { columns, style }: Screen): string[] {
  const last = trend.points.at(-1)
  if (last === undefined) return []
  if (last.cumulative === null)
    return wrap(' first run of this spec here: later runs are compared with it', columns, 1).map(style.dim)
  const interval = formatInterval(trend.speedupInterval, (factor) => factor.toFixed(2))
  return [
    ...wrapParts(
      [` cumulative ${formatChange(last.cumulative)}`, `${formatSpeedup(last.speedup)} ${interval}`.trimEnd()],
      columns,
      1,
    ),
    ...(trend.speedupInterval !== null || last.current
      ? []
      : wrap(' no interval: it takes two or more runs of the first and of the last version', columns, 1).map(
          style.dim,
        )),
  ]
}

/** Where the level changed, also in the part that has no bars, and whether it creeps. */
function levelLines({ metric, changes, creep, points }: Trend, { columns, style }: Screen): string[] {
  return [
    ...changes.flatMap(({ index, label, before, after, change, better }) =>
      wrapParts(
        [
          ` ◆ level ${formatChange(change)} ${better ? 'better' : 'worse'} from ${label} on`,
          `${formatRecorded(metric, before)} → ${formatRecorded(metric, after)}`,
          points[index]!.startedAt.slice(0, 10),
        ],
        columns,
        3,
      ),
    ),
    ...(creep === null
      ? []
      : wrap(` creeping: ${formatChange(creep)} since its level was set, with no single run to blame`, columns, 3).map(
          style.yellow,
        )),
  ]
}

/** Values that versions were told with: best and mean of the rounds, and whether something warmed up in them. */
function sampleLines(trend: Trend, { columns, style }: Screen): string[] {
  const format = (value: number): string => formatRecorded(trend.metric, value)
  return trend.points.flatMap(({ label, samples }) => {
    if (samples === null) return []
    const { n, rounds, best, mean } = samples
    const warm = rounds.filter(({ warmup }) => warmup)
    return [
      ...wrapParts(
        [
          ` ${label}: ${formatCount(n)} values${rounds.length < 2 ? '' : ` in ${rounds.length} rounds`}`,
          `best ${format(best)}`,
          `mean ${format(mean)}`,
        ],
        columns,
        3,
      ),
      ...rounds.flatMap((round) =>
        wrapParts(
          [
            `   ${round.name === null ? '' : `round ${round.name}: `}${valuesText(round.values, format)}`,
            ...(round.change === null ? [] : [formatChange(round.change)]),
            ...(rounds.length < 2 ? [] : [`best ${format(round.best)}`, `mean ${format(round.mean)}`]),
            ...(round.warmup ? ['warm-up'] : []),
          ],
          columns,
          5,
        ),
      ),
      ...(warm.length === 0 ? [] : warmupLines(label, columns).map(style.yellow)),
    ]
  })
}

const SHOWN_VALUES = 6

function valuesText(values: readonly number[], format: (value: number) => string): string {
  const texts = values.map(format)
  return (texts.length <= SHOWN_VALUES ? texts : [...texts.slice(0, 3), '…', ...texts.slice(-2)]).join(' → ')
}

/** Order and improvement cannot be told apart without restarts. */
function warmupLines(label: string, columns: number): string[] {
  return wrap(
    `   INCONCLUSIVE as an improvement: the values of '${label}' get better one after the other, which is a warm-up ` +
      '(compiler, cache, clocks) and no change of the version; restart for each value, in random order, at least 5 of ' +
      'each version, or go on until they stay level',
    columns,
    3,
  )
}

/** A comparison's verdict with each metric and what a reader must know. */
export function comparisonLines(comparison: Comparison, { columns, style }: Screen): string[] {
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
