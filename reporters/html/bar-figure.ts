import type { Trend } from '../../src/domain/comparison.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { formatRecorded, recordedMetric } from '../../src/format/metric-text.ts'
import { lastPart, OVERLAP, REST, stagePath } from '../../src/domain/stage-name.ts'
import { formatDuration } from '../../src/format/quantity-text.ts'

/** Bars that need no script: drawn by the template on a field of 100 by 100. */
export interface BarFigure {
  readonly title: string
  readonly caption: string
  readonly yLabel: string
  readonly xLabel: string
  readonly bars: readonly BarView[]
  /** A word below each bar. */
  readonly ticks: readonly { readonly text: string }[]
  /** The value of the field's upper end. */
  readonly top: string
}

interface BarView {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Against the run before; `total` is what stands from the ground up. */
  readonly tone: 'total' | 'better' | 'worse'
  /** Shown on hovering, and a row of the table: `4 ms to 5 ms: 13`. */
  readonly text: string
}

const MOST_STEPS = 14

/** Where time was saved since the first comparable run: by run, and by stage where two versions tell their stages. */
export function waterfalls({ trend }: LoadSummary): BarFigure[] {
  if (trend === null || recordedMetric(trend.metric).better !== 'lower') return []
  return [...byRun(trend), ...byStage(trend)]
}

function byRun({ metric, points: all }: Trend): BarFigure[] {
  if (all.length < 3) return []
  // The runs in between that do not fit are one step: what it saved is the sum of theirs.
  const points = all.length <= MOST_STEPS ? all : [all[0]!, ...all.slice(1 - MOST_STEPS)]
  const { label } = recordedMetric(metric)
  return [
    waterfall({
      title: `Saved since the first run: ${label}`,
      yLabel: label,
      xLabel: 'run, oldest first',
      text: (value) => formatRecorded(metric, value),
      first: { label: points[0]!.label, value: points[0]!.value },
      steps: points.slice(1).map((point, i) => ({ label: point.label, difference: point.value - points[i]!.value })),
      last: { label: 'now', value: points.at(-1)!.value },
    }),
  ]
}

/** The parts of the latency itself: parts of parts would count twice. */
function byStage({ stages, stageVersions }: Trend): BarFigure[] {
  const total = stages.find(({ depth }) => depth === 0)
  const parts = stages.filter(({ depth }) => depth === 1)
  if (stageVersions === null || total === undefined || total.firstUs === null || total.lastUs === null) return []
  return [
    waterfall({
      title: 'Saved by stage: mean latency',
      yLabel: 'mean latency',
      xLabel: 'stage',
      text: formatDuration,
      first: { label: stageVersions[0], value: total.firstUs },
      steps: parts.map(({ name, differenceUs }) => ({
        label: lastPart(name) === REST ? '(rest, not measured)' : lastPart(stagePath(name)),
        // An overlap is time that its stages tell twice.
        difference: lastPart(name) === OVERLAP ? -differenceUs : differenceUs,
      })),
      last: { label: stageVersions[1], value: total.lastUs },
    }),
  ]
}

interface Waterfall extends Pick<BarFigure, 'title' | 'yLabel' | 'xLabel'> {
  readonly text: (value: number) => string
  readonly first: { readonly label: string; readonly value: number }
  readonly steps: readonly { readonly label: string; readonly difference: number }[]
  readonly last: { readonly label: string; readonly value: number }
}

/** Two bars from the ground up, and between them what led from one to the other, each step beginning where the last ended. */
function waterfall({ text, first, steps, last, ...figure }: Waterfall): BarFigure {
  const levels = steps.reduce<number[]>(
    (reached, { difference }) => [...reached, reached.at(-1)! + difference],
    [first.value],
  )
  const highest = Math.max(...levels, last.value) || 1
  const width = 100 / (steps.length + 2)
  const scaled = (value: number): number => (100 * Math.max(0, value)) / highest
  const signed = (value: number): string => `${value > 0 ? '+' : value < 0 ? '−' : '±'}${text(Math.abs(value))}`
  return {
    ...figure,
    caption: `${text(first.value)} → ${text(last.value)}: ${signed(last.value - first.value)}. Blue went down, orange up.`,
    bars: [
      bar(0, 0, width, scaled(first.value), 'total', `${first.label}: ${text(first.value)}`),
      ...steps.map(({ label, difference }, i) =>
        bar(
          (i + 1) * width,
          scaled(Math.min(levels[i]!, levels[i + 1]!)),
          width,
          Math.max(0.4, scaled(Math.abs(difference))),
          difference <= 0 ? 'better' : 'worse',
          `${label}: ${signed(difference)}`,
        ),
      ),
      bar((steps.length + 1) * width, 0, width, scaled(last.value), 'total', `${last.label}: ${text(last.value)}`),
    ],
    ticks: [first, ...steps, last].map(({ label }) => ({ text: label })),
    top: text(highest),
  }
}

/** A bar from `bottom` upwards, in percent of the field, with a little air on both sides. */
function bar(x: number, bottom: number, width: number, height: number, tone: BarView['tone'], text: string): BarView {
  const round = (value: number): number => Number(value.toFixed(1))
  return {
    x: round(x + width * 0.06),
    y: round(100 - bottom - height),
    width: round(width * 0.88),
    height: round(height),
    tone,
    text,
  }
}
