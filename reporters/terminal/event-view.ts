import { lostRequests } from '../../src/domain/lost-requests.ts'
import type { EventSummary, LoadSummary } from '../../src/domain/perf-meta.ts'
import { wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, formatShare } from '../../src/format/quantity-text.ts'
import type { Screen } from './load-view.ts'

/** What was done to the target while it was under load, and what that cost; nothing for a load without events. */
export function eventLines({ events, availability, numbers }: LoadSummary, { columns, style }: Screen): string[] {
  if (events.length === 0) return []
  const { total, ...kinds } = lostRequests(numbers.outcomes)
  const lost = Object.entries(kinds).flatMap(([kind, count]) => (count === 0 ? [] : [`${formatCount(count)} ${kind}`]))
  const cost = [
    `  available ${availability === null ? 'n/a' : `in ${formatShare(availability)} of the seconds`}`,
    `${formatCount(total)} of ${formatCount(numbers.outcomes.attempted)} requests lost`,
    ...lost,
  ]
  return [...events.flatMap((event) => wrapParts(eventParts(event), columns, 4)), ...wrapParts(cost, columns, 4)].map(
    style.dim,
  )
}

function eventParts({ kind, name, intoWindowUs, errorUs }: EventSummary): string[] {
  const sign = intoWindowUs < 0 ? 'before' : 'into'
  return [
    `  ${kind} ${name}`,
    `${formatDuration(Math.abs(intoWindowUs))} ${sign} the window`,
    ...(errorUs !== null && errorUs > 0 ? [`within ${formatDuration(errorUs)}`] : []),
  ]
}
