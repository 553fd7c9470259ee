import type { CapacitySummary, LevelKind, TrialOutcome, TrialSummary } from '../../src/domain/capacity.ts'
import { bar } from '../../src/format/bar.ts'
import { answerText, levelText, limitsText } from '../../src/format/capacity-text.ts'
import { displayWidth, pad, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, formatRate, formatShare } from '../../src/format/quantity-text.ts'
import type { StyleName } from '../../src/format/style.ts'
import { type Column, renderTable } from '../../src/format/table.ts'
import type { Screen } from './load-view.ts'

const MARKS: Readonly<Record<TrialOutcome, readonly [mark: string, colour: StyleName]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  invalid: ['!', 'yellow'],
}
const WIDEST_BAR = 24
const NARROWEST_BAR = 6

/** A search: its answer, its question, and its trials as a curve from the lowest level to the highest. */
export function capacityLines(search: CapacitySummary, screen: Screen): string[] {
  const { columns, style } = screen
  const { specId, by, from, to, limits, end, trials, notes } = search
  const asked = `${levelText(by, from)} to ${levelText(by, to)} until ${limitsText(limits)}`
  return [
    ...wrapParts([search.title, answerText(search)], columns, 2).map(style.bold),
    ...wrapParts([specId.file, asked, `${formatCount(trials.length)} trials`, ...ending(end)], columns, 2).map(
      style.dim,
    ),
    ...(trials.length === 0 ? [] : trialCurve(by, trials, screen)),
    ...notes.flatMap((note) => wrap(`  ${note}`, columns, 4)).map(style.yellow),
  ]
}

/** Trials by level: what was answered as bars, latencies, errors, and what is to be said of those that did not pass. */
export function trialCurve(by: LevelKind, trials: readonly TrialSummary[], { columns, style }: Screen): string[] {
  const sorted = trials.toSorted((a, b) => a.level - b.level)
  const titles: Column[] = [by, 'answered', 'p50', 'p99', 'errors'].map((title) => ({ title, align: 'right' }))
  const [head = '', ...rows] = renderTable(
    titles,
    sorted.map((trial) => cells(trial, by)),
  )
  const figures = Math.max(...[head, ...rows].map(displayWidth))
  const barWidth = Math.min(WIDEST_BAR, columns - figures - 5)
  const most = Math.max(...sorted.map(({ qps }) => qps ?? 0))
  return [
    style.dim(`  ${head}`),
    ...sorted.flatMap((trial, i) => {
      const [mark, colour] = MARKS[trial.outcome]
      const drawn = barWidth < NARROWEST_BAR ? '' : `  ${bar(trial.qps ?? 0, most, barWidth)}`
      const line = `${style[colour](mark)} ${pad(rows[i]!, figures)}${drawn}`.trimEnd()
      const why =
        trial.outcome === 'passed' || trial.why === '' ? [] : wrap(`    ${trial.why}`, columns, 4).map(style.dim)
      return [line, ...why]
    }),
  ]
}

function cells(trial: TrialSummary, by: CapacitySummary['by']): string[] {
  return [
    levelText(by, trial.level),
    formatRate(trial.qps),
    formatDuration(trial.latencyP50Us),
    formatDuration(trial.latencyP99Us),
    formatShare(trial.errorRate),
  ]
}

const ENDINGS: Readonly<Partial<Record<NonNullable<CapacitySummary['end']>, string>>> = {
  'trials-used-up': 'ended early: maxTrials reached',
  'time-used-up': 'ended early: maxDuration reached',
  aborted: 'stopped: these are the trials until then',
}

function ending(end: CapacitySummary['end']): string[] {
  const text = end === null ? undefined : ENDINGS[end]
  return text === undefined ? [] : [text]
}
