import type { AlertSummary, LoadSummary } from '../../src/domain/perf-meta.ts'
import { spanText } from '../../src/format/alert-text.ts'
import { wrap } from '../../src/format/display-width.ts'
import { formatCount, formatDuration } from '../../src/format/quantity-text.ts'
import type { Screen } from './load-view.ts'

/** Spans of one alert that have lines of their own. */
const MOST_SPANS = 5

/** What alerts a load had, and which of them nothing could tell; nothing for a load without any. */
export function alertLines({ alerts }: LoadSummary, { columns, style }: Screen): string[] {
  return alerts.flatMap((alert) => wrapped(alert, columns)).map(style.yellow)
}

function wrapped({ rule, isWatched, spans, more }: AlertSummary, columns: number): string[] {
  if (!isWatched) return wrap(`  alert ${rule} could not be watched: nothing that was watched told it`, columns, 4)
  const hidden = Math.max(0, spans.length - MOST_SPANS) + more
  return [
    ...spans.slice(0, MOST_SPANS).flatMap((span) => wrap(`  alert ${spanText(span)}, ${when(span)}`, columns, 4)),
    ...(hidden === 0 ? [] : wrap(`  alert ${rule}: ${formatCount(hidden)} times more`, columns, 4)),
  ]
}

function when({ intoWindowUs, ended }: AlertSummary['spans'][number]): string {
  const begin = `${formatDuration(Math.abs(intoWindowUs))} ${intoWindowUs < 0 ? 'before' : 'into'} the window`
  return ended ? `from ${begin}` : `from ${begin} to the end`
}
