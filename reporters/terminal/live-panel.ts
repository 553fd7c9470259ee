import type { LiveResource, LiveSnapshot } from '../../src/domain/live.ts'
import { type ResourceMetricId, resourceMetric } from '../../src/domain/resource.ts'
import { ongoingText } from '../../src/format/alert-text.ts'
import { bar, sparkline } from '../../src/format/bar.ts'
import { displayWidth, pad, truncate, wrapParts } from '../../src/format/display-width.ts'
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatUsers,
  significant,
} from '../../src/format/quantity-text.ts'
import { formatResource } from '../../src/format/resource-text.ts'
import type { Style, StyleName } from '../../src/format/style.ts'
import { liveLine, STATE_WORDS } from './live-line.ts'

/** Where a panel is drawn. */
export interface PanelScreen {
  readonly columns: number
  /** Lines that there is room for. */
  readonly rows: number
  readonly style: Style
}

/** A line's text before it is wrapped. */
interface Entry {
  readonly label: string
  readonly parts: readonly string[]
  /** The higher, the sooner it gives way on a low screen. */
  readonly rank: number
  readonly mark?: StyleName
}

const LABEL_CELLS = 11
/** Fewer seconds of a sparkline say nothing. */
const SHORTEST_SPARKLINE = 10
/** From this width on services stand side by side. */
const NARROWEST_COLUMN = 56
const GAP = '  '
const LOWEST_RANK = 6

/** Which numbers of a watched resource are shown, the first of each group that it tells. */
const SHOWN: readonly (readonly ResourceMetricId[])[] = [
  ['cpuShare', 'cpuCores'],
  ['memory', 'rss'],
  ['gpuBusy'],
  ['gpuMemory'],
  ['requestsRunning'],
  ['queueLength'],
  ['kvCacheShare'],
]

/**
 * The running loads as lines that are at most `columns` wide and `rows` high: what matters least gives way first, in the
 * end all but one line per load. Services that are loaded together stand side by side where there is room.
 */
export function livePanel(loads: readonly LiveSnapshot[], screen: PanelScreen): string[] {
  for (let rank = LOWEST_RANK; rank > 0; rank--) {
    const lines = arranged(loads, screen, rank)
    if (lines.length <= screen.rows) return lines
  }
  return loads.slice(0, Math.max(0, screen.rows)).map((load) => liveLine(load, screen.columns))
}

function arranged(loads: readonly LiveSnapshot[], screen: PanelScreen, rank: number): string[] {
  const columns = Math.floor((screen.columns - GAP.length * (loads.length - 1)) / loads.length)
  if (loads.length < 2 || columns < NARROWEST_COLUMN) return loads.flatMap((load) => block(load, screen, rank))
  const blocks = loads.map((load) => block(load, { ...screen, columns }, rank))
  return Array.from({ length: Math.max(...blocks.map((lines) => lines.length)) }, (_, i) =>
    blocks
      .map((lines) => pad(lines[i] ?? '', columns))
      .join(GAP)
      .trimEnd(),
  )
}

function block(load: LiveSnapshot, { columns, style }: PanelScreen, rank: number): string[] {
  const isBefore = load.state === 'waiting' || load.state === 'preparing'
  const names = [...(isBefore ? [STATE_WORDS[load.state]] : []), ...nameParts(load)]
  const head = style.bold(truncate(` ${names.join(' · ')}`, columns))
  const shown = isBefore ? [] : entries(load, columns).filter((entry) => entry.rank <= rank)
  return [head, ...shown.flatMap((entry) => lines(entry, columns, style))]
}

/** What a load is called; the service first, as a narrow screen cuts the end; its load is labelled with its name. */
export function nameParts({ title, service }: LiveSnapshot): string[] {
  if (service === null) return [title]
  const suffix = ` · ${service.name}`
  return [service.name, title.endsWith(suffix) ? title.slice(0, -suffix.length) : title]
}

function lines({ label, parts, mark }: Entry, columns: number, style: Style): string[] {
  if (parts.length === 0) return []
  return wrapParts(parts, Math.max(1, columns - LABEL_CELLS)).map((text, i) => {
    const cells = pad(i === 0 ? ` ${label}` : '', LABEL_CELLS)
    return mark === undefined ? style.dim(cells) + text : style[mark](cells + text)
  })
}

function entries(load: LiveSnapshot, columns: number): Entry[] {
  const { recent, latencySoFar, ttftSoFar, tokensPerSecond, generator } = load
  return [
    stateEntry(load),
    { label: 'rate', rank: 1, parts: rateParts(load) },
    {
      label: '',
      rank: 6,
      parts: sparkParts(
        recent.map(({ qps }) => qps),
        (qps) => formatRate(qps),
        columns,
      ),
    },
    { label: 'latency', rank: 1, parts: percentileParts('now', load.latencyP50Us, load.latencyP99Us) },
    {
      label: '',
      rank: 3,
      parts: latencySoFar === null ? [] : percentileParts('so far', latencySoFar.p50Us, latencySoFar.p99Us),
    },
    {
      label: '',
      rank: 6,
      parts: sparkParts(
        recent.map(({ latencyP99Us }) => latencyP99Us),
        (us) => formatDuration(us),
        columns,
        'p99 ',
      ),
    },
    {
      label: 'tokens',
      rank: 3,
      parts: [
        ...(tokensPerSecond > 0 ? [formatRate(tokensPerSecond)] : []),
        ...(ttftSoFar === null ? [] : percentileParts('TTFT', ttftSoFar.p50Us, ttftSoFar.p99Us)),
      ],
    },
    { label: 'errors', rank: 2, mark: 'red', parts: errorParts(load) },
    { label: 'alert', rank: 2, mark: 'yellow', parts: load.alerts.map(ongoingText) },
    {
      label: 'generator',
      rank: 4,
      parts:
        generator === null
          ? []
          : [`lag p99 ${formatDuration(generator.loopDelayP99Us)}`, `CPU ${formatShare(rounded(generator.cpuShare))}`],
    },
    { label: 'watched', rank: 5, parts: load.watched.flatMap(resourceParts) },
  ]
}

/** A bar where the end is known. */
function stateEntry({ state, note, progress, elapsedUs, remainingUs }: LiveSnapshot): Entry {
  const word = note === null ? STATE_WORDS[state] : `${STATE_WORDS[state]} (${note})`
  const width = LABEL_CELLS - 2
  const label = progress === null ? '' : bar(progress, 1, width).padEnd(width, '░')
  const left = remainingUs === null ? [] : [`${wholeSeconds(remainingUs)} left`]
  const share = remainingUs === null && progress !== null ? [formatShare(rounded(progress))] : []
  return { label, rank: 1, parts: [word, wholeSeconds(elapsedUs), ...left, ...share] }
}

function rateParts({ qps, askedRate, usersActive, inFlight, queued, completed }: LiveSnapshot): string[] {
  return [
    askedRate === null ? formatRate(qps) : `${formatRate(qps)} of ${formatRate(askedRate)}`,
    ...(askedRate === null && usersActive > 0 ? [formatUsers(usersActive)] : []),
    ...(inFlight > 0 ? [`${formatCount(inFlight)} in flight`] : []),
    ...(queued > 0 ? [`${formatCount(queued)} queued`] : []),
    `${formatCount(completed)} done`,
  ]
}

function percentileParts(when: string, p50Us: number | null, p99Us: number | null): string[] {
  return [`${when} p50 ${formatDuration(p50Us)}`, `p99 ${formatDuration(p99Us)}`]
}

function errorParts({ failed, dropped, completed, failedByKind }: LiveSnapshot): string[] {
  const kinds = Object.entries(failedByKind)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${formatCount(count)} ${kind}`)
  const all = failed + dropped
  if (all === 0) return []
  return [
    formatShare(Number((all / (all + completed)).toPrecision(2))),
    ...kinds,
    ...(dropped > 0 ? [`${formatCount(dropped)} dropped`] : []),
  ]
}

/** `▁▂▅█ 8 to 12.3/s`: the last seconds that there is room for. */
function sparkParts(
  values: readonly (number | null)[],
  format: (value: number) => string,
  columns: number,
  name = '',
): string[] {
  const rangeOf = (shown: readonly (number | null)[]): string => {
    const known = shown.filter((value) => value !== null)
    const [low, high] = [format(Math.min(...known)), format(Math.max(...known))]
    return low === high ? name + low : `${name}${low} to ${high}`
  }
  const room = columns - LABEL_CELLS
  for (let seconds = Math.min(values.length, room); seconds >= SHORTEST_SPARKLINE; seconds--) {
    const shown = values.slice(-seconds)
    if (shown.every((value) => value === null)) return []
    const text = `${sparkline(shown)} ${rangeOf(shown)}`
    if (displayWidth(text) <= room) return [text]
  }
  return []
}

function resourceParts({ kind, name, values }: LiveResource): string[] {
  const told = SHOWN.flatMap((group) => {
    const metric = group.find((id) => values[id] !== undefined)
    if (metric === undefined) return []
    const { label } = resourceMetric(metric)
    return `${kind === 'gpu' ? label.replace(/^GPU /, '') : label} ${formatResource(metric, values[metric]!)}`
  })
  return told.map((text, i) => (i === 0 ? `${name} ${text}` : text))
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100
}

/** Seconds up to two minutes, then the largest fitting unit. */
function wholeSeconds(us: number): string {
  const seconds = Math.round(us / 1e6)
  return seconds < 120 ? `${significant(seconds)} s` : formatDuration(seconds * 1e6)
}
